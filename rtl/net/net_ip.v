// net_ip.v - reads how long the IP packet is by its header, and its DSCP, as the
// beats of packets pass by.  C body: core/net_ip.h.  Any W that is a multiple of
// 32; the key is there one clock after the beat that completes it, at the latest
// after the last one.
//
// The bytes are taken two later, as words of bytes 4k+2 to 4k+5, so that every
// field lies whole in one word, and a field counts if its word is whole:
//
//   word 0 1   MAC addresses
//   word 2     type in the lower half; each VLAN tag is one word more
//   then       IPv4: version, IHL, DSCP, total length, and 4 words more
//              IPv6: version, DSCP; length of what is behind; and 8 words more
//
// A header has 34 bytes at least, so keys with one are two clocks apart up to 256
// bits.
`default_nettype none
module net_ip #(
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
    output reg            has_ip_q,     // else the other fields mean nothing
    output reg  [5:0]     dscp_q,
    output reg  [1:0]     tags_q,       // VLAN tags in front
    output reg  [16:0]    bytes_q,      // of the IP packet
    // the key folded for a tap, with key_valid_q: net_ip_tap() of core/net_ip.h
    output wire [31:0]    tap,
    // no packet is half read
    output wire           idle
);
    localparam N = W / 32;              // words a beat

    localparam ST_DST  = 3'd0;          // the next word holds ...
    localparam ST_SRC  = 3'd1;
    localparam ST_TYPE = 3'd2;
    localparam ST_IP4  = 3'd3;
    localparam ST_IP6  = 3'd4;
    localparam ST_LEN6 = 3'd5;
    localparam ST_REST = 3'd6;          // nothing but the rest of the header
    localparam ST_DONE = 3'd7;          // key complete, or none to come

    reg [2:0]  st_q, st_d;
    reg [3:0]  left_q, left_d;          // words of the header to come
    reg        mid_q;                   // a packet is half read
    reg        sent_q;                  // its key is out
    reg [15:0] half_q;                  // last two bytes of the beat before
    reg        half_full_q;

    reg        has_ip_d;
    reg [5:0]  dscp_d;
    reg [1:0]  tags_d;
    reg [16:0] bytes_d;

    // words[k]: bytes in order, the first in [31:24]; whole[k]: all four are there.
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
        st_d     = mid_q ? st_q : ST_DST;
        left_d   = left_q;
        has_ip_d = mid_q && has_ip_q;
        dscp_d   = dscp_q;
        tags_d   = mid_q ? tags_q : 2'd0;
        bytes_d  = bytes_q;
        w        = 32'd0;
        if (error)
            st_d = ST_DONE;
        for (k = 0; k < N; k = k + 1)
            if (beat && whole[k] && st_d != ST_DONE) begin
                w = words[k*32 +: 32];
                case (st_d)
                    ST_DST: st_d = ST_SRC;
                    ST_SRC: st_d = ST_TYPE;
                    ST_TYPE:
                        if (w[15:0] == 16'h0800)
                            st_d = ST_IP4;
                        else if (w[15:0] == 16'h86dd)
                            st_d = ST_IP6;
                        else if ((w[15:0] == 16'h8100 || w[15:0] == 16'h88a8) && tags_d != 2'd2)
                            tags_d = tags_d + 2'd1;
                        else
                            st_d = ST_DONE;
                    ST_IP4: begin
                        dscp_d  = w[23:18];
                        bytes_d = {1'b0, w[15:0]};
                        left_d  = 4'd4;
                        st_d    = w[31:28] == 4'd4 && w[27:24] >= 4'd5
                                  && w[15:0] >= {10'd0, w[27:24], 2'd0} ? ST_REST : ST_DONE;
                    end
                    ST_IP6: begin
                        dscp_d = w[27:22];
                        st_d   = w[31:28] == 4'd6 ? ST_LEN6 : ST_DONE;
                    end
                    ST_LEN6: begin
                        bytes_d = {1'b0, w[31:16]} + 17'd40;
                        left_d  = 4'd8;
                        st_d    = ST_REST;
                    end
                    ST_REST: begin
                        left_d   = left_d - 4'd1;
                        has_ip_d = left_d == 4'd0;
                        st_d     = has_ip_d ? ST_DONE : ST_REST;
                    end
                    default: st_d = ST_DONE;
                endcase
            end
    end

    wire sent_before = mid_q && sent_q;

    assign idle = !mid_q && !key_valid_q;
    assign tap  = has_ip_q ? {1'b1, dscp_q, tags_q, 6'd0, bytes_q} : 32'd0;

    // Bytes come in pairs, so every second bit of tkeep says it all.
    wire unused = &{1'b0, tkeep};

    always @(posedge clk) begin
        key_valid_q <= beat && !sent_before && (tlast || st_d == ST_DONE);
        if (beat) begin
            mid_q       <= !tlast;
            half_q      <= tdata[W-16 +: 16];
            half_full_q <= !tlast;
            sent_q      <= sent_before || st_d == ST_DONE;
            st_q        <= st_d;
        end
        // What follows the header is of no interest.
        if (beat && !sent_before) begin
            left_q   <= left_d;
            has_ip_q <= has_ip_d;
            dscp_q   <= dscp_d;
            tags_q   <= tags_d;
            bytes_q  <= bytes_d;
        end
        if (rst) begin
            key_valid_q <= 1'b0;
            mid_q       <= 1'b0;
            half_full_q <= 1'b0;
        end
    end
endmodule
`default_nettype wire
