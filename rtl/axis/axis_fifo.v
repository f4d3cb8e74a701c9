// axis_fifo.v - first in, first out; 2^LOG2 beats in memory and one at the exit.
// Throughput 1 beat/clk, latency 2 clk.  The memory is read into a register, so
// yosys makes it block RAM.
`default_nettype none
module axis_fifo #(
    parameter W    = 32,                // beat width in bits, >= 1
    parameter LOG2 = 5                  // depth is 2^LOG2, LOG2 >= 1
) (
    input  wire         clk,
    input  wire         rst,
    // in
    input  wire [W-1:0] s_axis_tdata,
    input  wire         s_axis_tvalid,
    output wire         s_axis_tready,
    // out
    output wire [W-1:0] m_axis_tdata,
    output wire         m_axis_tvalid,
    input  wire         m_axis_tready,
    // nothing inside
    output wire         empty
);
    // Free-running counts with one bit more than the address: equal is empty,
    // 2^LOG2 apart is full.
    reg [LOG2:0] wr_q;
    reg [LOG2:0] rd_q;
    reg          full_q;
    reg          out_full_q;

    wire [LOG2:0] wr_d = wr_q + 1'b1;
    wire held  = wr_q != rd_q;
    wire last  = wr_d[LOG2-1:0] == rd_q[LOG2-1:0];     // there is room for one
    wire write = s_axis_tvalid && s_axis_tready;
    wire load  = held && (!out_full_q || m_axis_tready);

`ifdef FORMAL
    reg  [LOG2:0] at_q;                 // count of the watched beat
    wire [W-1:0]  f_word;               // what memory holds at its place
`endif

    assign s_axis_tready = !full_q;
    assign m_axis_tvalid = out_full_q;
    assign empty         = !held && !out_full_q;

    axis_fifo_mem #(.W (W), .LOG2 (LOG2)) store (
        .clk     (clk),
        .we      (write),
        .waddr   (wr_q[LOG2-1:0]),
        .wdata   (s_axis_tdata),
        .re      (load),
        .raddr   (rd_q[LOG2-1:0]),
        .rdata_q (m_axis_tdata)
`ifdef FORMAL
        ,
        .f_addr  (at_q[LOG2-1:0]),
        .f_word  (f_word)
`endif
    );

    always @(posedge clk) begin
        if (write)
            wr_q <= wr_d;
        if (load)
            rd_q <= rd_q + 1'b1;
        if (load)
            full_q <= 1'b0;
        else if (write)
            full_q <= last;
        if (load || m_axis_tready)
            out_full_q <= load;
        if (rst) begin
            wr_q       <= {(LOG2+1){1'b0}};
            rd_q       <= {(LOG2+1){1'b0}};
            full_q     <= 1'b0;
            out_full_q <= 1'b0;
        end
    end

`ifdef FORMAL
    // Counts stay within the depth, and a watched beat comes out unchanged and
    // in its place.  Its slot in memory and the output register are tied to it.
    reg             past_q = 1'b0;
    reg             seen_q = 1'b0;      // the watched beat was written ...
    reg             gone_q = 1'b0;      // ... and has left
    reg  [W-1:0]    watched_q;
    wire            pick = $anyseq;     // watch the beat written now

    wire [LOG2:0] level = wr_q - rd_q;
    wire [LOG2:0] from_rd = at_q - rd_q;
    wire          in_out = out_full_q && at_q + 1'b1 == rd_q;

    always @(posedge clk) begin
        past_q <= 1'b1;
        if (write && pick && !seen_q) begin
            seen_q    <= 1'b1;
            at_q      <= wr_q;
            watched_q <= s_axis_tdata;
        end
        if (seen_q && !gone_q && in_out && m_axis_tready)
            gone_q <= 1'b1;
        if (rst) begin
            seen_q <= 1'b0;
            gone_q <= 1'b0;
        end
        if (!past_q)
            assume (rst);
        if (past_q && !rst) begin
            assert (level <= (1 << LOG2));
            assert (full_q == (level == (1 << LOG2)));
            if (seen_q && !gone_q) begin
                assert (in_out || from_rd < level);
                if (in_out)
                    assert (m_axis_tdata == watched_q);
                else
                    assert (f_word == watched_q);
            end
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
