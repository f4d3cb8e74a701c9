// net_words.v - reads the ethertype and the first six words behind it out of
// packets as their beats pass by.  Any W that is a multiple of 32; the key is there
// one clock after the beat that completes it, at the latest after the last one.
//
// The bytes are taken two later, as words of bytes 4k+2 to 4k+5, as net_eth does:
//
//   words 0 and 1   addresses
//   word  2         -, type
//   word  3         with a type of VLAN tags: TCI, type; at most two tags
//   then            what is behind the type, a word at a time
//
// The key of a packet with n whole words behind its type comes at least as many clocks
// after the one before as 14 + 4 n bytes have beats.
`default_nettype none
module net_words #(
    parameter W = 64                    // stream width in bits: 32, 64, 128, 256
) (
    input  wire           clk,
    input  wire           rst,
    // packets as they pass by; 'beat' is valid && ready
    input  wire           beat,
    input  wire [W-1:0]   tdata,
    input  wire [W/8-1:0] tkeep,
    input  wire           tlast,
    input  wire           error,        // not Ethernet: has no key
    // one key a packet, in order; key_valid_q for one clock
    output reg            key_valid_q,
    output reg            has_type_q,   // else the other fields mean nothing
    output reg  [15:0]    type_q,       // behind the tags
    output reg  [1:0]     tags_q,
    output reg  [2:0]     n_q,          // words that are there, at most 6
    output reg  [191:0]   words_q,      // word k at [k*32 +: 32], its first byte in [31:24]
    // no packet is half read
    output wire           idle
);
    localparam N   = W / 32;            // words a beat
    localparam ALL = 3'd6;

    reg        mid_q;                   // a packet is half read
    reg        sent_q;                  // its key is out
    reg        done_q, done_d;          // ... or complete
    reg [2:0]  at_q, at_d;              // words that have passed, up to the type
    reg [15:0] half_q;                  // last two bytes of the beat before
    reg        half_full_q;

    reg         has_type_d;
    reg [15:0]  type_d;
    reg [1:0]   tags_d;
    reg [2:0]   n_d;
    reg [191:0] words_d;

    // words[k]: bytes in order, the first in [31:24]; whole[k]: all four are
    // there.
    wire [W-1:0] words;
    wire [N-1:0] whole;

    genvar g;
    generate
        for (g = 0; g < N; g = g + 1) begin : word
            wire [15:0] low;
            wire        low_full;
            if (g == 0) begin : first
                assign low      = half_q;
                assign low_full = half_full_q;
            end else begin : next
                assign low      = tdata[g*32-16 +: 16];
                assign low_full = tkeep[g*4-1];
            end
            assign words[g*32 +: 32] = {low[7:0], low[15:8],
                                        tdata[g*32 +: 8], tdata[g*32+8 +: 8]};
            assign whole[g] = low_full && tkeep[g*4+1];
        end
    endgenerate

    integer    k, j;
    reg [31:0] w;
    reg        is_tag;

    always @* begin
        done_d     = mid_q ? done_q : error;
        at_d       = mid_q ? at_q : 3'd0;
        has_type_d = mid_q && has_type_q;
        n_d        = mid_q ? n_q : 3'd0;
        type_d     = type_q;
        tags_d     = tags_q;
        words_d    = words_q;
        w          = 32'd0;
        is_tag     = 1'b0;
        for (k = 0; k < N; k = k + 1)
            if (beat && whole[k] && !done_d) begin
                w = words[k*32 +: 32];
                if (has_type_d) begin
                    for (j = 0; j < 6; j = j + 1)
                        if (n_d == j[2:0])
                            words_d[j*32 +: 32] = w;
                    n_d    = n_d + 3'd1;
                    done_d = n_d == ALL;
                end else begin
                    is_tag     = (w[15:0] == 16'h8100 || w[15:0] == 16'h88a8) && at_d != 3'd4;
                    has_type_d = at_d >= 3'd2 && !is_tag;
                    type_d     = w[15:0];
                    tags_d     = at_d[1:0] - 2'd2;
                    at_d       = at_d + 3'd1;
                end
            end
    end

    wire sent_before = mid_q && sent_q;

    assign idle = !mid_q && !key_valid_q;

    // Bytes come in pairs, so every second bit of tkeep says it all.
    wire unused = &{1'b0, tkeep};

    always @(posedge clk) begin
        key_valid_q <= beat && !sent_before && (tlast || done_d);
        if (beat) begin
            mid_q       <= !tlast;
            half_q      <= tdata[W-16 +: 16];
            half_full_q <= !tlast;
            sent_q      <= sent_before || done_d;
            done_q      <= done_d;
        end
        // What follows is of no interest.
        if (beat && !sent_before) begin
            at_q       <= at_d;
            has_type_q <= has_type_d;
            type_q     <= type_d;
            tags_q     <= tags_d;
            n_q        <= n_d;
            words_q    <= words_d;
        end
        if (rst) begin
            key_valid_q <= 1'b0;
            mid_q       <= 1'b0;
            half_full_q <= 1'b0;
        end
    end
endmodule
`default_nettype wire
