// axis_reg.v - one register in a stream: cuts data and valid, not ready.
// Throughput 1 beat/clk, latency 1 clk, W + 1 flip-flops.
//
// Half of axis_skid, for an edge whose ready comes from a register anyway.
// 'tdata' is whatever travels: data, keep, user, last.
`default_nettype none
module axis_reg #(
    parameter W = 32                    // beat width in bits, >= 1
) (
    input  wire         clk,
    input  wire         rst,
    // in
    input  wire [W-1:0] s_axis_tdata,
    input  wire         s_axis_tvalid,
    output wire         s_axis_tready,  // follows m_axis_tready
    // out
    output wire [W-1:0] m_axis_tdata,
    output wire         m_axis_tvalid,
    input  wire         m_axis_tready,
    // nothing inside
    output wire         empty
);
    reg [W-1:0] out_q;
    reg         full_q;

    wire free = !full_q || m_axis_tready;
    wire take = s_axis_tvalid && free;

    assign s_axis_tready = free;
    assign m_axis_tdata  = out_q;
    assign m_axis_tvalid = full_q;
    assign empty         = !full_q;

    always @(posedge clk) begin
        if (take)
            out_q <= s_axis_tdata;
        if (free)
            full_q <= s_axis_tvalid;
        if (rst)
            full_q <= 1'b0;
    end

`ifdef FORMAL
    // The stream keeps its rules, and what comes out is what went in: an
    // arbitrary beat, followed by its count, is not lost, changed or moved.
    reg         past_q = 1'b0;
    reg  [3:0]  n_in_q = 4'd0;
    reg  [3:0]  n_out_q = 4'd0;
    reg  [W-1:0] watched_q;
    wire [3:0]  watch = $anyconst;

    always @(posedge clk) begin
        past_q <= 1'b1;
        if (take) begin
            n_in_q <= n_in_q + 4'd1;
            if (n_in_q == watch)
                watched_q <= s_axis_tdata;
        end
        if (m_axis_tvalid && m_axis_tready)
            n_out_q <= n_out_q + 4'd1;
        if (rst) begin
            n_in_q  <= 4'd0;
            n_out_q <= 4'd0;
        end
        if (!past_q)
            assume (rst);
        if (past_q && !rst) begin
            assert (n_in_q - n_out_q == {3'd0, full_q});
            // The watched beat is where its number says it is.
            if (full_q && n_out_q == watch)
                assert (out_q == watched_q);
        end
        if (past_q && !rst && !$past(rst)) begin
            if ($past(m_axis_tvalid && !m_axis_tready)) begin
                assert (m_axis_tvalid);
                assert (m_axis_tdata == $past(m_axis_tdata));
            end
        end
    end
`endif
endmodule
`default_nettype wire
