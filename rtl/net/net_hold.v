// net_hold.v - packets wait here for what their function says of them.  Beats
// go in as they come, verdicts (the packet's new tuser) when they are known, one
// a packet and in order; a packet leaves when its verdict is there.
// 1 beat/clk, latency 2 clk after the verdict.
//
// Both fifos have 2^LOG2 places: a verdict leaves with the last beat of its
// packet, so there are never more verdicts than beats.
`default_nettype none
module net_hold #(
    parameter W    = 64,                // stream width in bits
    parameter LOG2 = 5                  // 2^LOG2 beats: the longest wait
) (
    input  wire           clk,
    input  wire           rst,
    // packets in
    input  wire [W-1:0]   s_axis_tdata,
    input  wire [W/8-1:0] s_axis_tkeep,
    input  wire           s_axis_tlast,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    // verdicts in: never more than packets
    input  wire           verdict_valid,
    input  wire [47:0]    verdict_tuser,
    // packets out
    output wire [W-1:0]   m_axis_tdata,
    output wire [W/8-1:0] m_axis_tkeep,
    output wire [47:0]    m_axis_tuser,
    output wire           m_axis_tlast,
    output wire           m_axis_tvalid,
    input  wire           m_axis_tready,
    // nothing waits
    output wire           empty
);
    localparam BEAT = W + W/8 + 1;

    wire data_valid, data_empty;
    wire user_valid, user_empty, user_ready;
    wire go = data_valid && user_valid;

    assign m_axis_tvalid = go;
    assign empty         = data_empty && user_empty;

    axis_fifo #(.W (BEAT), .LOG2 (LOG2)) data (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  ({s_axis_tlast, s_axis_tkeep, s_axis_tdata}),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .m_axis_tdata  ({m_axis_tlast, m_axis_tkeep, m_axis_tdata}),
        .m_axis_tvalid (data_valid),
        .m_axis_tready (go && m_axis_tready),
        .empty         (data_empty)
    );

    axis_fifo #(.W (48), .LOG2 (LOG2)) verdict (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (verdict_tuser),
        .s_axis_tvalid (verdict_valid),
        .s_axis_tready (user_ready),
        .m_axis_tdata  (m_axis_tuser),
        .m_axis_tvalid (user_valid),
        .m_axis_tready (go && m_axis_tready && m_axis_tlast),
        .empty         (user_empty)
    );

    wire unused = &{1'b0, user_ready};
endmodule
`default_nettype wire
