// net_edit.v - overwrites 16-bit words of packets as their beats leave.  No clock
// of latency, no beat held up: a mux behind net_hold, and a count of beats.
//
// Edit e puts 'to' where the packet has its word 'at', counted in 16 bits from its
// first byte; header fields lie on even bytes, so that a longer one is several
// edits.  What is beyond the packet's end is written nowhere, and of two edits of
// one word the later counts.  All three stand as long as the packet does, as
// m_verdict of net_hold.
//
//   at         0 .. 2      3 .. 5      6 + 2 tags  7 + 2 tags + k
//   word       to MAC      from MAC    type        word k of the IP header
//
// Bits of 'at' that are constant cost nothing: at 32 bits the lane of every field
// is, as the IP header is moved by whole tags; of addresses all are.
`default_nettype none
module net_edit #(
    parameter W = 64,                   // stream width in bits: 32, 64, 128, 256
    parameter E = 4,                    // edits
    parameter A = 5                     // bits of 'at', more than log2(W / 16)
) (
    input  wire            clk,
    input  wire            rst,
    // packets as they pass by; 'beat' is valid && ready
    input  wire            beat,
    input  wire [W-1:0]    tdata,
    input  wire            tlast,
    // edits of the packet
    input  wire [E-1:0]    on,          // edit e takes place
    input  wire [E*A-1:0]  at,
    input  wire [E*16-1:0] to,          // the first byte in [15:8]
    // the beat after them
    output reg  [W-1:0]    edited
);
    localparam LANES = W / 16;
    localparam LOG2  = $clog2(LANES);
    localparam B     = A - LOG2;        // bits of a beat's number

    reg [B-1:0] cnt_q;                  // beats of the packet that have passed
    reg         past_q;                 // more than 'at' can name

    integer e, l;

    always @* begin
        edited = tdata;
        for (e = 0; e < E; e = e + 1)
            if (on[e] && !past_q && at[e*A+LOG2 +: B] == cnt_q)
                for (l = 0; l < LANES; l = l + 1)
                    if (at[e*A +: LOG2] == l[LOG2-1:0])
                        edited[l*16 +: 16] = {to[e*16 +: 8], to[e*16+8 +: 8]};
    end

    always @(posedge clk) begin
        if (beat) begin
            cnt_q  <= cnt_q + 1'b1;
            past_q <= past_q || cnt_q == {B{1'b1}};
        end
        if (rst || (beat && tlast)) begin
            cnt_q  <= {B{1'b0}};
            past_q <= 1'b0;
        end
    end

`ifdef FORMAL
    // Any word of the packet, by its place: the last edit that names it, or what it
    // was.  Where the packet is, is counted in words.
    localparam F = A + 2;               // a watched word may be out of reach
    reg             past_any_q = 1'b0;
    reg  [F:0]      f_pos_q;            // first word of the beat; stays when full
    reg             f_edited_q;         // a packet was edited, for cover
    reg             f_again_q;          // ... and has left
    wire [F-1:0]    f_watch = $anyconst;
    wire [F:0]      f_lane  = {1'b0, f_watch} - f_pos_q;
    wire            f_here  = f_lane < LANES;
    wire [15:0]     f_was   = tdata[f_lane[LOG2-1:0]*16 +: 16];
    wire [15:0]     f_is    = edited[f_lane[LOG2-1:0]*16 +: 16];
    reg  [15:0]     f_want;
    reg             f_named;

    always @* begin
        f_want  = f_was;
        f_named = 1'b0;
        for (e = 0; e < E; e = e + 1)
            if (on[e] && {2'd0, at[e*A +: A]} == f_watch) begin
                f_want  = {to[e*16 +: 8], to[e*16+8 +: 8]};
                f_named = 1'b1;
            end
    end

    always @(posedge clk) begin
        past_any_q <= 1'b1;
        if (beat) begin
            f_edited_q <= f_edited_q || edited != tdata;
            f_again_q  <= f_again_q || (tlast && f_edited_q);
            if (!f_pos_q[F])
                f_pos_q <= f_pos_q + LANES;
        end
        if (rst || (beat && tlast))
            f_pos_q <= {(F+1){1'b0}};
        if (rst) begin
            f_edited_q <= 1'b0;
            f_again_q  <= 1'b0;
        end
        if (!past_any_q)
            assume (rst);
        if (past_any_q && !rst) begin
            if (f_here)
                assert (f_is == f_want);
            // A packet is edited in its third beat, after another one was; a word
            // out of reach passes.
            cover (beat && f_again_q && f_here && f_named && f_is != f_was && f_watch >= 2 * LANES);
            cover (beat && f_again_q && f_here && f_watch[F-1:A] == 2'd2 && &on);
        end
    end
`endif
endmodule
`default_nettype wire
