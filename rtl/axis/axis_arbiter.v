// axis_arbiter.v - one of N packet streams at a time, whole packets, in turn.
// 1 beat/clk; latency 0, after a change of turns 1 clk; log2 N + N + 1 flip-flops.
//
// The turn is a register.  It stays with a source until that one's packet has
// ended, and beyond while nobody else waits, so that a source that has the output
// to itself never waits for it.  A source that waits sees at most one packet of
// each other source go first.  'tdata' is whatever travels beside tlast.
//
// s_axis_tready follows m_axis_tready combinationally.
`default_nettype none
module axis_arbiter #(
    parameter N = 4,                    // streams in, 2..16
    parameter W = 32                    // beat width in bits without tlast, >= 1
) (
    input  wire                 clk,
    input  wire                 rst,
    // in: stream k at [k*W +: W] and [k]
    input  wire [N*W-1:0]       s_axis_tdata,
    input  wire [N-1:0]         s_axis_tlast,
    input  wire [N-1:0]         s_axis_tvalid,
    output wire [N-1:0]         s_axis_tready,
    // out, and which stream it is
    output wire [W-1:0]         m_axis_tdata,
    output wire                 m_axis_tlast,
    output wire                 m_axis_tvalid,
    input  wire                 m_axis_tready,
    output wire [$clog2(N)-1:0] m_axis_tid
`ifdef FORMAL
    ,
    output wire                 f_mid
`endif
);
    localparam LOG2 = $clog2(N);

    reg [LOG2-1:0] at_q;                // whose turn it is
    reg [N-1:0]    turn_q;              // the same, one bit each
    reg            mid_q;               // its packet has begun and not ended

    wire ask  = |(s_axis_tvalid & turn_q);
    wire last = |(s_axis_tlast & turn_q);
    wire move = ask && m_axis_tready;
    // Nothing holds the turn: its packet ends now, or it has none.
    wire free = move ? last : !mid_q && !ask;

    // The next in turn is the first that waits above, or else below.
    wire [N-1:0] others = s_axis_tvalid & ~turn_q;
    wire [N-1:0] above  = others & ~(turn_q | (turn_q - 1'b1));
    wire [N-1:0] among  = above != {N{1'b0}} ? above : others;
    wire [N-1:0] next   = among & (~among + 1'b1);

    integer     j;
    reg [W-1:0] beat;

    always @* begin
        beat = s_axis_tdata[0 +: W];
        for (j = 1; j < N; j = j + 1)
            if (turn_q[j])
                beat = s_axis_tdata[j*W +: W];
    end

    assign s_axis_tready = m_axis_tready ? turn_q : {N{1'b0}};
    assign m_axis_tdata  = beat;
    assign m_axis_tlast  = last;
    assign m_axis_tvalid = ask;
    assign m_axis_tid    = at_q;

    function [LOG2-1:0] number(input [N-1:0] one);
        integer k;
        begin
            number = {LOG2{1'b0}};
            for (k = 0; k < N; k = k + 1)
                if (one[k])
                    number = number | k[LOG2-1:0];
        end
    endfunction

    always @(posedge clk) begin
        if (move)
            mid_q <= !last;
        if (free && others != {N{1'b0}}) begin
            at_q   <= number(next);
            turn_q <= next;
        end
        if (rst) begin
            mid_q  <= 1'b0;
            at_q   <= {LOG2{1'b0}};
            turn_q <= {{(N-1){1'b0}}, 1'b1};
        end
    end

`ifdef FORMAL
    // Inputs keep the stream rules; then the output does.  A beat that leaves is
    // the one beat that is taken, unchanged.  A packet's beats leave next to each
    // other.  An arbitrary source that waits sees few packets of others go first,
    // and none of them twice.
    reg              past_q = 1'b0;
    reg              begun_q = 1'b0;    // the output is within a packet ...
    reg  [LOG2-1:0]  source_q;          // ... of this source
    reg  [LOG2:0]    passed_q = 0;      // packets of others while 'who' waits
    reg              still_q = 1'b0;    // a clock in which 'who' waited for nobody
    wire [LOG2-1:0]  any = $anyconst;
    wire [LOG2-1:0]  who = any < N ? any : {LOG2{1'b0}};
    wire [N-1:0]     taken = s_axis_tvalid & s_axis_tready;
    wire             waits = s_axis_tvalid[who] && !s_axis_tready[who];
    // Turns until that of 'who'.
    wire [LOG2:0]    turns = who >= at_q ? who - at_q : who + N - at_q;

    integer k;

    assign f_mid = mid_q;

    always @(posedge clk) begin
        past_q <= 1'b1;
        if (move) begin
            begun_q  <= !last;
            source_q <= at_q;
        end
        if (!s_axis_tvalid[who] || s_axis_tready[who])
            passed_q <= 0;
        else if (move && last)
            passed_q <= passed_q + 1'b1;
        still_q <= waits && turns != 0 && !ask && !mid_q;
        if (rst) begin
            begun_q  <= 1'b0;
            passed_q <= 0;
            still_q  <= 1'b0;
        end
        if (!past_q)
            assume (rst);
        if (past_q && !rst) begin
            assert (at_q < N);
            for (k = 0; k < N; k = k + 1)
                assert (turn_q[k] == (at_q == k));
            assert ((taken & (taken - 1'b1)) == 0);
            assert (taken != 0 == (m_axis_tvalid && m_axis_tready));
            for (k = 0; k < N; k = k + 1)
                if (taken[k]) begin
                    assert (m_axis_tdata == s_axis_tdata[k*W +: W]);
                    assert (m_axis_tlast == s_axis_tlast[k]);
                    assert (m_axis_tid == k);
                end
            assert (begun_q == mid_q);
            assert (!begun_q || at_q == source_q);
            // Every packet that goes first brings the turn nearer.
            if (s_axis_tvalid[who])
                assert (passed_q + turns <= N - 1);
            assert (!still_q || !waits || turns == 0 || ask);
        end
        if (past_q && !rst && !$past(rst)) begin
            for (k = 0; k < N; k = k + 1)
                if ($past(s_axis_tvalid[k] && !s_axis_tready[k])) begin
                    assume (s_axis_tvalid[k]);
                    assume (s_axis_tdata[k*W +: W] == $past(s_axis_tdata[k*W +: W]));
                    assume (s_axis_tlast[k] == $past(s_axis_tlast[k]));
                end
            if ($past(m_axis_tvalid && !m_axis_tready)) begin
                assert (m_axis_tvalid);
                assert (m_axis_tdata == $past(m_axis_tdata));
                assert (m_axis_tlast == $past(m_axis_tlast));
                assert (m_axis_tid == $past(m_axis_tid));
            end
        end
    end
`endif
endmodule
`default_nettype wire
