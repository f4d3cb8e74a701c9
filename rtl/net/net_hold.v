// net_hold.v - packets wait here for what their function says of them.  Beats
// go in as they come, verdicts when they are known, one a packet and in order; a
// packet leaves when its verdict is there, with the tuser it came with and its
// verdict beside it.  1 beat/clk, latency 2 clk after the verdict.
//
//   s_axis -+-> data  ----------------> m_axis
//           +-> user    [packet] ----->   tuser
//   verdict --> verdict [packet] ----->   m_verdict
//
// data has 2^LOG2 places, the others 2^PKTS: where that is less, no further packet
// begins while as many wait.  Else there are never more packets than beats, and the
// packet that waits in data's exit has its verdict before 2^LOG2 more came.
`default_nettype none
module net_hold #(
    parameter W    = 64,                // stream width in bits
    parameter LOG2 = 5,                 // 2^LOG2 beats: more than the longest wait
    parameter PKTS = LOG2,              // 2^PKTS packets, no more than beats
    parameter V    = 16                 // bits of a verdict
) (
    input  wire           clk,
    input  wire           rst,
    // packets in
    input  wire [W-1:0]   s_axis_tdata,
    input  wire [W/8-1:0] s_axis_tkeep,
    input  wire [47:0]    s_axis_tuser,
    input  wire           s_axis_tlast,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    // verdicts in: never more than packets
    input  wire           verdict_valid,
    input  wire [V-1:0]   verdict,
    // packets out
    output wire [W-1:0]   m_axis_tdata,
    output wire [W/8-1:0] m_axis_tkeep,
    output wire [47:0]    m_axis_tuser, // as it came
    output wire [V-1:0]   m_verdict,
    output wire           m_axis_tlast,
    output wire           m_axis_tvalid,
    input  wire           m_axis_tready,
    // nothing waits
    output wire           empty
);
    localparam BEAT = W + W/8 + 1;

    reg [PKTS:0] told_q;                // verdicts so far; free-running
    reg [PKTS:0] rd_q;                  // ... that were read
    reg [PKTS:0] came_q;                // packets so far
    reg          mid_q;                 // a packet has begun to enter
    reg          out_full_q;            // a verdict and its tuser are at the exit

    wire data_valid, data_empty, data_ready;
    wire full = PKTS < LOG2 && !mid_q && came_q == {!rd_q[PKTS], rd_q[PKTS-1:0]};
    wire beat = s_axis_tvalid && s_axis_tready;
    wire go   = data_valid && out_full_q;
    wire held = told_q != rd_q;
    wire load = held && (!out_full_q || (go && m_axis_tready && m_axis_tlast));

    assign s_axis_tready = data_ready && !full;
    assign m_axis_tvalid = go;
    assign empty         = data_empty && !held && !out_full_q;

    axis_fifo #(.W (BEAT), .LOG2 (LOG2)) data (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  ({s_axis_tlast, s_axis_tkeep, s_axis_tdata}),
        .s_axis_tvalid (s_axis_tvalid && !full),
        .s_axis_tready (data_ready),
        .m_axis_tdata  ({m_axis_tlast, m_axis_tkeep, m_axis_tdata}),
        .m_axis_tvalid (data_valid),
        .m_axis_tready (go && m_axis_tready),
        .empty         (data_empty)
    );

    axis_fifo_mem #(.W (48), .LOG2 (PKTS)) user (
        .clk     (clk),
        .we      (beat && !mid_q),
        .waddr   (came_q[PKTS-1:0]),
        .wdata   (s_axis_tuser),
        .re      (load),
        .raddr   (rd_q[PKTS-1:0]),
        .rdata_q (m_axis_tuser)
    );

    axis_fifo_mem #(.W (V), .LOG2 (PKTS)) said (
        .clk     (clk),
        .we      (verdict_valid),
        .waddr   (told_q[PKTS-1:0]),
        .wdata   (verdict),
        .re      (load),
        .raddr   (rd_q[PKTS-1:0]),
        .rdata_q (m_verdict)
    );

    always @(posedge clk) begin
        if (beat)
            mid_q <= !s_axis_tlast;
        if (beat && s_axis_tlast)
            came_q <= came_q + 1'b1;
        if (verdict_valid)
            told_q <= told_q + 1'b1;
        if (load)
            rd_q <= rd_q + 1'b1;
        if (load || (go && m_axis_tready && m_axis_tlast))
            out_full_q <= load;
        if (rst) begin
            came_q     <= {(PKTS+1){1'b0}};
            told_q     <= {(PKTS+1){1'b0}};
            rd_q       <= {(PKTS+1){1'b0}};
            mid_q      <= 1'b0;
            out_full_q <= 1'b0;
        end
    end

`ifdef FORMAL
    // A watched packet leaves with the tuser it came with and with its verdict, its
    // first beat and its last one as they came; as many packets leave as entered.
    // That beats are not lost nor moved is axis_fifo's contract.
    //
    // Of the function: a verdict follows its packet, and where PKTS is LOG2 the packet
    // at the exit has its own before 2^LOG2 more came.  Where it is less, that is proved
    // here; the rest then follows as it does from that.
    reg         past_q = 1'b0;
    reg  [3:0]  f_begun_q, f_told_q, f_out_q;   // packets, verdicts, packets that left
    reg         f_first_q;              // the next beat out is a packet's first
    reg         f_user_q;
    reg         f_data_q;
    reg  [V-1:0] f_said_q;
    reg  [PKTS:0] f_wait_q;             // packets whose tuser was not read
    wire [PKTS:0] f_held = told_q - rd_q;
    wire [3:0]  f_open = f_begun_q - f_told_q;  // packets without a verdict
    wire [3:0]  f_watch = $anyconst;
    wire        f_begin = beat && !mid_q;
    wire        f_leave = m_axis_tvalid && m_axis_tready;

    always @(posedge clk) begin
        past_q <= 1'b1;
        f_wait_q <= f_wait_q + f_begin - load;
        if (f_begin) begin
            f_begun_q <= f_begun_q + 4'd1;
            if (f_begun_q == f_watch) begin
                f_user_q <= s_axis_tuser[0];
                f_data_q <= s_axis_tdata[0];
            end
        end
        if (verdict_valid) begin
            f_told_q <= f_told_q + 4'd1;
            if (f_told_q == f_watch)
                f_said_q <= verdict;
        end
        if (f_leave) begin
            f_first_q <= m_axis_tlast;
            if (m_axis_tlast)
                f_out_q <= f_out_q + 4'd1;
        end
        if (rst) begin
            f_begun_q <= 4'd0;
            f_told_q  <= 4'd0;
            f_out_q   <= 4'd0;
            f_first_q <= 1'b1;
            f_wait_q  <= {(PKTS+1){1'b0}};
        end
        if (!past_q)
            assume (rst);
        assume (!verdict_valid || f_told_q != f_begun_q || f_begin);
        if (PKTS == LOG2)
            assume (!f_begin || !f_wait_q[PKTS]);
        if (past_q && !rst) begin
            assert (!f_wait_q[PKTS] || (f_wait_q[PKTS-1:0] == {PKTS{1'b0}} && !f_begin));
            assert (f_wait_q == came_q + mid_q - rd_q);
            assert (f_held <= f_wait_q && f_open == f_wait_q - f_held);
            assert (!mid_q || !full);   // a packet that began is let in whole
            if (PKTS == LOG2 && f_leave && f_out_q == f_watch) begin
                assert (m_axis_tuser[0] == f_user_q);
                assert (m_verdict == f_said_q);
                if (f_first_q)
                    assert (m_axis_tdata[0] == f_data_q);
            end
            if (PKTS == LOG2 && empty)
                assert (f_out_q == f_told_q);
            if (PKTS == LOG2 && empty && !mid_q)
                assert (f_out_q == f_begun_q);
        end
        if (PKTS == LOG2 && past_q && !rst && !$past(rst) && $past(m_axis_tvalid && !m_axis_tready)) begin
            assert (m_axis_tvalid);
            assert (m_axis_tdata == $past(m_axis_tdata) && m_axis_tlast == $past(m_axis_tlast));
            assert (m_axis_tuser[0] == $past(m_axis_tuser[0]) && m_verdict == $past(m_verdict));
        end
        cover (past_q && f_leave && m_axis_tlast && f_out_q == 4'd5 && f_begun_q == 4'd8);
    end
`endif
endmodule
`default_nettype wire
