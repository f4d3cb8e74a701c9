// dsp_widen.v - beats of 32 bits become beats of W.  Takes one of these a clock.
`default_nettype none
module dsp_widen #(
    parameter W = 64                    // 32, 64, 128, 256
) (
    input  wire           clk,
    input  wire           rst,
    // in
    input  wire [31:0]    s_axis_tdata,
    input  wire [3:0]     s_axis_tkeep,
    input  wire [47:0]    s_axis_tuser,
    input  wire           s_axis_tlast,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    // out
    output wire [W-1:0]   m_axis_tdata,
    output wire [W/8-1:0] m_axis_tkeep,
    output wire [47:0]    m_axis_tuser,
    output wire           m_axis_tlast,
    output wire           m_axis_tvalid,
    input  wire           m_axis_tready,
    // nothing inside
    output wire           empty
);
    generate
        if (W == 32) begin : same
            assign m_axis_tdata  = s_axis_tdata;
            assign m_axis_tkeep  = s_axis_tkeep;
            assign m_axis_tuser  = s_axis_tuser;
            assign m_axis_tlast  = s_axis_tlast;
            assign m_axis_tvalid = s_axis_tvalid;
            assign s_axis_tready = m_axis_tready;
            assign empty         = 1'b1;
            wire unused = &{1'b0, clk, rst};
        end else begin : parts
            localparam LANE = $clog2(W/32);
            reg             full_q;     // a beat is whole
            reg  [LANE-1:0] lane_q;     // of the next word
            reg  [W-1:0]    data_q;
            reg  [W/8-1:0]  keep_q;
            reg  [47:0]     user_q;
            reg             last_q;
            wire            take = s_axis_tvalid && s_axis_tready;

            assign m_axis_tdata  = data_q;
            assign m_axis_tkeep  = keep_q;
            assign m_axis_tuser  = user_q;
            assign m_axis_tlast  = last_q;
            assign m_axis_tvalid = full_q;
            assign s_axis_tready = !full_q || m_axis_tready;
            assign empty         = !full_q && lane_q == {LANE{1'b0}};

            always @(posedge clk) begin
                if (s_axis_tready)
                    full_q <= s_axis_tvalid && (s_axis_tlast || lane_q == {LANE{1'b1}});
                if (take) begin
                    lane_q <= s_axis_tlast ? {LANE{1'b0}} : lane_q + 1'b1;
                    user_q <= s_axis_tuser;
                    last_q <= s_axis_tlast;
                    if (lane_q == {LANE{1'b0}}) begin
                        data_q <= {{(W-32){1'b0}}, s_axis_tdata};
                        keep_q <= {{(W/8-4){1'b0}}, s_axis_tkeep};
                    end else begin
                        data_q[lane_q*32 +: 32] <= s_axis_tdata;
                        keep_q[lane_q*4 +: 4]   <= s_axis_tkeep;
                    end
                end
                if (rst) begin
                    full_q <= 1'b0;
                    lane_q <= {LANE{1'b0}};
                end
            end
        end
    endgenerate
endmodule
`default_nettype wire
