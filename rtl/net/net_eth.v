// net_eth.v - reads addresses and VLAN out of packets as their beats pass by.
// C body: core/net_eth.h.  Any W that is a multiple of 32; the key is there one
// clock after the beat that completes it, at the latest after the last one.
//
// The bytes are taken two later, as words of bytes 4k+2 to 4k+5, so that every
// field but one lies whole in one word, and a field counts if its word is whole:
//
//   -        destination [47:32]
//   word 0   destination [31:0]
//   word 1   source [47:16]
//   word 2   source [15:0], type
//   word 3   with type 0x8100: TCI, type behind the tag
//
// Keys of packets that have a header are 4 beats apart at 32 bits, 2 at 64.
`default_nettype none
module net_eth #(
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
    output reg            has_eth_q,    // else the other fields mean nothing
    output reg  [47:0]    dst_q,        // first byte in [47:40]
    output reg  [47:0]    src_q,
    output reg            tag_q,        // there is a tag
    output reg  [3:0]     pcp_q,        // its PCP and DEI, 0 without one
    output reg  [11:0]    vid_q,        // 0 without one
    // no packet is half read
    output wire           idle
);
    localparam N    = W / 32;           // words a beat
    localparam DONE = 3'd4;             // key complete, or none to come

    reg [2:0]  cnt_q, cnt_d;            // words that have passed
    reg        mid_q;                   // a packet is half read
    reg        sent_q;                  // its key is out
    reg [15:0] half_q;                  // last two bytes of the beat before
    reg        half_full_q;

    reg        has_eth_d;
    reg [47:0] dst_d, src_d;
    reg        tag_d;
    reg [3:0]  pcp_d;
    reg [11:0] vid_d;

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

    integer    k;
    reg [31:0] w;

    always @* begin
        cnt_d     = mid_q ? cnt_q : 3'd0;
        has_eth_d = mid_q && has_eth_q;
        dst_d     = mid_q ? dst_q : {tdata[7:0], tdata[15:8], 32'd0};
        src_d     = src_q;
        tag_d     = mid_q && tag_q;
        pcp_d     = mid_q ? pcp_q : 4'd0;
        vid_d     = mid_q ? vid_q : 12'd0;
        w         = 32'd0;
        if (error)
            cnt_d = DONE;
        for (k = 0; k < N; k = k + 1)
            if (beat && whole[k] && cnt_d != DONE) begin
                w = words[k*32 +: 32];
                case (cnt_d)
                    3'd0: dst_d[31:0]  = w;
                    3'd1: src_d[47:16] = w;
                    3'd2: begin
                        src_d[15:0] = w[31:16];
                        has_eth_d   = 1'b1;
                    end
                    default: begin
                        tag_d = 1'b1;
                        pcp_d = w[31:28];
                        vid_d = w[27:16];
                    end
                endcase
                cnt_d = cnt_d == 3'd2 && w[15:0] != 16'h8100 ? DONE : cnt_d + 3'd1;
            end
    end

    wire sent_before = mid_q && sent_q;

    assign idle = !mid_q && !key_valid_q;

    // Bytes come in pairs, so every second bit of tkeep says it all.
    wire unused = &{1'b0, tkeep};

    always @(posedge clk) begin
        key_valid_q <= beat && !sent_before && (tlast || cnt_d == DONE);
        if (beat) begin
            mid_q       <= !tlast;
            half_q      <= tdata[W-16 +: 16];
            half_full_q <= !tlast;
            sent_q      <= sent_before || cnt_d == DONE;
            cnt_q       <= cnt_d;
            has_eth_q   <= has_eth_d;
        end
        // What follows the header is of no interest.
        if (beat && !sent_before) begin
            dst_q <= dst_d;
            src_q <= src_d;
            tag_q <= tag_d;
            pcp_q <= pcp_d;
            vid_q <= vid_d;
        end
        if (rst) begin
            key_valid_q <= 1'b0;
            mid_q       <= 1'b0;
            half_full_q <= 1'b0;
        end
    end
endmodule
`default_nettype wire
