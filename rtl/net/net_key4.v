// net_key4.v - reads the IPv4 5-tuple out of packets as their beats pass by.
// C body: core/net_key4.h.  Any W that is a multiple of 32; the key is there
// one clock after the beat that completes it, at the latest after the last one.
//
// Everything up to the transport header lies on even byte offsets, and the IPv4
// header at 14 + 4 n.  So the bytes are taken two later, as words of bytes 4k+2
// to 4k+5, and every field lies whole in one word:
//
//   word  0..2   MAC addresses, ethertype in the upper half of word 2
//         +1     for each VLAN tag: TCI, ethertype (at most two tags)
//         +0     version, IHL, -, total length
//         +1     -, flags and fragment offset
//         +2     -, protocol, -
//         +3 +4  source, destination;  then IHL - 5 words of options
//         +IHL   ports, or ICMP type in the first byte
//         +IHL+3 TCP: flags in the second byte
`default_nettype none
module net_key4 #(
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
    output reg            has_flags_q,
    output reg  [31:0]    src_q,
    output reg  [31:0]    dst_q,
    output reg  [15:0]    sport_q,      // 0 without ports
    output reg  [15:0]    dport_q,
    output reg  [7:0]     proto_q,
    output reg  [7:0]     flags_q,      // TCP flags or ICMP type
    // no packet is half read
    output wire           idle
);
    localparam N = W / 32;              // words a beat

    localparam ST_ETH  = 3'd0;          // MAC addresses
    localparam ST_TYPE = 3'd1;          // word that ends in an ethertype
    localparam ST_IP   = 3'd2;          // IPv4 header
    localparam ST_L4   = 3'd3;          // transport header
    localparam ST_DONE = 3'd4;          // key complete, or none to come

    localparam TCP = 8'd6, UDP = 8'd17, ICMP = 8'd1, SCTP = 8'd132;

    reg [2:0]  st_q,    st_d;           // what the next word is
    reg [3:0]  cnt_q,   cnt_d;          // words of it that have passed
    reg [1:0]  tags_q,  tags_d;         // VLAN tags so far
    reg [3:0]  ihl_q,   ihl_d;          // IPv4 header length, words
    reg        frag_q,  frag_d;         // not the first fragment
    reg [15:0] l4_q,    l4_d;           // bytes after the IPv4 header
    reg        mid_q;                   // a packet is half read
    reg        sent_q;                  // its key is out
    reg [15:0] half_q;                  // last two bytes of the beat before
    reg        half_full_q;

    reg        has_ip_d, has_flags_d;
    reg [31:0] src_d, dst_d;
    reg [15:0] sport_d, dport_d;
    reg [7:0]  proto_d, flags_d;

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
        st_d        = mid_q ? st_q : ST_ETH;
        cnt_d       = mid_q ? cnt_q : 4'd0;
        tags_d      = mid_q ? tags_q : 2'd0;
        ihl_d       = ihl_q;
        frag_d      = frag_q;
        l4_d        = l4_q;
        has_ip_d    = mid_q && has_ip_q;
        has_flags_d = mid_q && has_flags_q;
        src_d       = src_q;
        dst_d       = dst_q;
        sport_d     = mid_q ? sport_q : 16'd0;
        dport_d     = mid_q ? dport_q : 16'd0;
        proto_d     = proto_q;
        flags_d     = flags_q;
        w           = 32'd0;
        if (error)
            st_d = ST_DONE;
        for (k = 0; k < N; k = k + 1)
            if (beat && whole[k]) begin
                w = words[k*32 +: 32];
                case (st_d)
                    ST_ETH: begin
                        cnt_d = cnt_d + 4'd1;
                        if (cnt_d == 4'd2)
                            st_d = ST_TYPE;
                    end
                    ST_TYPE: begin
                        cnt_d = 4'd0;
                        if (w[15:0] == 16'h0800)
                            st_d = ST_IP;
                        else if ((w[15:0] == 16'h8100 || w[15:0] == 16'h88a8)
                                 && tags_d != 2'd2)
                            tags_d = tags_d + 2'd1;
                        else
                            st_d = ST_DONE;
                    end
                    ST_IP: begin
                        case (cnt_d)
                            4'd0: begin
                                ihl_d = w[27:24];
                                l4_d  = w[15:0] - {10'd0, w[27:24], 2'd0};
                                if (w[31:28] != 4'd4 || w[27:24] < 4'd5
                                    || w[15:0] < {10'd0, w[27:24], 2'd0})
                                    st_d = ST_DONE;
                            end
                            4'd1: frag_d  = w[12:0] != 13'd0;
                            4'd2: proto_d = w[23:16];
                            4'd3: src_d   = w;
                            4'd4: dst_d   = w;
                            default: ;
                        endcase
                        cnt_d = cnt_d + 4'd1;
                        if (st_d == ST_IP && cnt_d == ihl_d) begin
                            has_ip_d = 1'b1;
                            cnt_d    = 4'd0;
                            st_d     = frag_d || l4_d < 16'd4 ? ST_DONE : ST_L4;
                        end
                    end
                    ST_L4: begin
                        if (cnt_d == 4'd0) begin
                            if (proto_d == TCP || proto_d == UDP
                                || proto_d == SCTP) begin
                                sport_d = w[31:16];
                                dport_d = w[15:0];
                            end
                            if (proto_d == ICMP) begin
                                flags_d     = w[31:24];
                                has_flags_d = 1'b1;
                            end
                            if (proto_d != TCP || l4_d < 16'd16)
                                st_d = ST_DONE;
                        end
                        if (cnt_d == 4'd3) begin
                            flags_d     = w[23:16];
                            has_flags_d = 1'b1;
                            st_d        = ST_DONE;
                        end
                        cnt_d = cnt_d + 4'd1;
                    end
                    default: st_d = ST_DONE;
                endcase
            end
    end

    wire sent_before = mid_q && sent_q;

    assign idle = !mid_q && !key_valid_q;

    // Bytes come in pairs, so every second bit of tkeep says it all.
    wire unused = &{1'b0, tkeep};

    always @(posedge clk) begin
        key_valid_q <= beat && !sent_before && (tlast || st_d == ST_DONE);
        if (beat) begin
            mid_q       <= !tlast;
            sent_q      <= sent_before || st_d == ST_DONE;
            half_q      <= tdata[W-16 +: 16];
            half_full_q <= !tlast;
            st_q        <= st_d;
            cnt_q       <= cnt_d;
            tags_q      <= tags_d;
            ihl_q       <= ihl_d;
            frag_q      <= frag_d;
            l4_q        <= l4_d;
            has_ip_q    <= has_ip_d;
            has_flags_q <= has_flags_d;
            src_q       <= src_d;
            dst_q       <= dst_d;
            sport_q     <= sport_d;
            dport_q     <= dport_d;
            proto_q     <= proto_d;
            flags_q     <= flags_d;
        end
        if (rst) begin
            key_valid_q <= 1'b0;
            mid_q       <= 1'b0;
            half_full_q <= 1'b0;
        end
    end
endmodule
`default_nettype wire
