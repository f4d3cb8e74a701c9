// axis_skid.v - registers both directions of a stream: data, valid and ready.
// Throughput 1 beat/clk, latency 1 clk, 2 W + 2 flip-flops.
//
// The slot ends its edges with it, so that no combinational path crosses from
// one slot to the next.  'tdata' is whatever travels: data, keep, user, last.
`default_nettype none
module axis_skid #(
    parameter W = 32                    // beat width in bits, >= 1
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
`ifdef FORMAL
    ,
    output wire [W-1:0] f_skid          // the beat behind the one at the exit
`endif
);
    // out_q is what the receiver sees; skid_q catches the one beat that arrives
    // in the clock in which the receiver stops.
    reg [W-1:0] out_q;
    reg [W-1:0] skid_q;
    reg         out_full_q;
    reg         skid_full_q;

    wire take = s_axis_tvalid && s_axis_tready;
    wire free = !out_full_q || m_axis_tready;   // out_q may load

    assign s_axis_tready = !skid_full_q;
    assign m_axis_tdata  = out_q;
    assign m_axis_tvalid = out_full_q;
    assign empty         = !out_full_q && !skid_full_q;

    always @(posedge clk) begin
        if (free && (skid_full_q || take))
            out_q <= skid_full_q ? skid_q : s_axis_tdata;
        if (take && !free)
            skid_q <= s_axis_tdata;
        if (free)
            out_full_q <= skid_full_q || take;
        skid_full_q <= !free && (skid_full_q || take);
        if (rst) begin
            out_full_q  <= 1'b0;
            skid_full_q <= 1'b0;
        end
    end

`ifdef FORMAL
    // The stream keeps its rules, and what comes out is what went in: an
    // arbitrary beat, followed by its count, is not lost, changed or moved.
    reg         past_q = 1'b0;
    reg  [3:0]  n_in_q = 4'd0;
    reg  [3:0]  n_out_q = 4'd0;
    reg  [W-1:0] watched_q;
    wire [3:0]  watch = $anyconst;

    assign f_skid = skid_q;

    wire [3:0] held = {3'd0, out_full_q} + {3'd0, skid_full_q};

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
            assert (n_in_q - n_out_q == held);
            assert (!skid_full_q || out_full_q);
            // The watched beat is where its number says it is.
            if (out_full_q && n_out_q == watch)
                assert (out_q == watched_q);
            if (skid_full_q && n_out_q + 4'd1 == watch)
                assert (skid_q == watched_q);
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
