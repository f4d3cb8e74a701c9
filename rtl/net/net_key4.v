// net_key4.v - reads the IPv4 5-tuple out of packets as their beats pass by.
// C body: core/net_key4.h.  W is 32, 64, 128 or 256; the key is there one clock
// after the beat that completes it, at the latest after the last one.
//
// Everything up to the transport header lies on even byte offsets, and the IPv4
// header at 14 + 4 n.  So the bytes are taken two later, as words of bytes 4k-2
// to 4k+1, and every field lies whole in one word:
//
//   word  1 2 3  MAC addresses, ethertype in the lower half of word 3
//         +1     for each VLAN tag: TCI, ethertype (at most two tags)
//         +1     version, IHL, DSCP, total length: the start of the header
//         start +1      -, flags and fragment offset
//               +2      -, protocol, -
//               +3 +4   source, destination;  then IHL - 5 words of options
//               +IHL    ports, or ICMP type in the first byte
//               +IHL+3  TCP: flags in the second byte
//
// Word k is in beat k / N at place k % N.  The start is known by its place in
// its beat; a field k words on is in the beat (place + k) / N after that one, at
// place (place + k) % N.  So nothing is moved; each field has its mux.
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
    // one key a packet, in order; key_valid_q for one clock.  At 32 and 64 bits
    // a key with an IPv4 header stands for two clocks more.
    output reg            key_valid_q,
    output reg            has_ip_q,     // else the other fields mean nothing
    output reg            has_flags_q,
    output reg            fragment_q,   // not whole: a fragment, the first among them
    output reg  [31:0]    src_q,
    output reg  [31:0]    dst_q,
    output reg  [15:0]    sport_q,      // 0 without ports
    output reg  [15:0]    dport_q,
    output reg  [7:0]     proto_q,
    output reg  [7:0]     flags_q,      // TCP flags or ICMP type, else 0
    output reg  [5:0]     dscp_q,
    // the key folded for a tap, with key_valid_q: net_key4_tap() of core/net_key4.h
    output wire [31:0]    tap,
    // no packet is half read
    output wire           idle
);
    localparam N    = W / 32;           // words a beat
    localparam LOG2 = $clog2(N);
    localparam P    = N == 1 ? 1 : LOG2;    // bits of a place

    localparam ST_TYPE = 2'd0;          // up to the ethertype
    localparam ST_IP   = 2'd1;          // from the start of the IPv4 header on
    localparam ST_DONE = 2'd2;          // key complete, or none to come

    localparam TCP = 8'd6, UDP = 8'd17, ICMP = 8'd1, SCTP = 8'd132;

    reg [1:0]  st_q;
    reg [4:0]  cnt_q;                   // beats before: of the packet, or since
                                        // the one in which the header starts
    reg [P-1:0] place_q;                // where in its beat the header starts
    reg [3:0]  version_q;
    reg [3:0]  ihl_q;                   // header length, words
    reg [15:0] total_q;                 // length by the header, bytes
    reg        frag_q;                  // not the first fragment
    reg        mid_q;                   // a packet is half read
    reg [15:0] half_q;                  // last two bytes of the beat before

    // Words as they lie, the first byte in [7:0]; whole[k]: all four are there.
    // One word a beat is two with an empty one, so that a place has a bit.
    wire [(32<<P)-1:0] words;
    wire [(1<<P)-1:0]  whole;

    genvar g;
    generate
        for (g = 0; g < (1 << P); g = g + 1) begin : word
            if (g == 0) begin : first
                assign words[15:0]  = half_q;
                assign words[31:16] = tdata[15:0];
                assign whole[0]     = mid_q && tkeep[1];
            end else if (g < N) begin : next
                assign words[g*32 +: 32] = tdata[g*32-16 +: 32];
                assign whole[g]          = tkeep[g*4-1] && tkeep[g*4+1];
            end else begin : none
                assign words[g*32 +: 32] = 32'd0;
                assign whole[g]          = 1'b0;
            end
        end
    endgenerate

    // Which beat word 'at' is in; where in it: at & MASK.
    localparam [P-1:0] MASK = N == 1 ? {P{1'b0}} : {P{1'b1}};

    function [4:0] beat_of(input [4:0] at);
        beat_of = at >> LOG2;
    endfunction

    function [31:0] in_order(input [31:0] w);
        in_order = {w[7:0], w[15:8], w[23:16], w[31:24]};
    endfunction

    // --- ethertypes: words 3, 4, 5 ------------------------------------------
    integer    k;
    reg        more_tags;               // all types so far are those of tags
    reg        fail;                    // no IPv4
    reg        in_ip;                   // the header has started
    reg        start_next;              // it starts with the next beat
    reg [P-1:0] place;                  // where in its beat
    reg [4:0]  cnt;                     // beats since the one it starts in
    reg [15:0] ethertype;

    always @* begin
        more_tags  = 1'b1;
        fail       = error;
        in_ip      = st_q == ST_IP;
        start_next = 1'b0;
        place      = place_q;
        cnt        = cnt_q;
        ethertype  = 16'd0;
        if (st_q == ST_TYPE)
            for (k = 3; k < 6; k = k + 1)
                if (more_tags && cnt_q == beat_of(k[4:0]) && whole[k % N]) begin
                    ethertype = {words[k%N*32+16 +: 8], words[k%N*32+24 +: 8]};
                    more_tags = (ethertype == 16'h8100 || ethertype == 16'h88a8)
                                && k != 5;
                    if (ethertype == 16'h0800) begin
                        place      = (k[P-1:0] + 1'b1) & MASK;
                        start_next = place == {P{1'b0}};
                        in_ip      = !start_next;
                        cnt        = 5'd0;
                    end else if (!more_tags)
                        fail = 1'b1;
                end
    end

    // --- the IPv4 header ------------------------------------------------------
    wire [4:0] at_1  = {{(5-P){1'b0}}, place} + 5'd1;    // where its words are
    wire [4:0] at_2  = {{(5-P){1'b0}}, place} + 5'd2;
    wire [4:0] at_3  = {{(5-P){1'b0}}, place} + 5'd3;
    wire [4:0] at_4  = {{(5-P){1'b0}}, place} + 5'd4;
    wire [4:0] at_l4 = {{(5-P){1'b0}}, place_q} + {1'd0, ihl_q};
    wire [4:0] at_hl = at_l4 - 5'd1;            // the last of the header
    wire [4:0] at_fl = at_l4 + 5'd3;

    wire [P-1:0] in_1  = at_1[P-1:0] & MASK;
    wire [P-1:0] in_2  = at_2[P-1:0] & MASK;
    wire [P-1:0] in_3  = at_3[P-1:0] & MASK;
    wire [P-1:0] in_4  = at_4[P-1:0] & MASK;
    wire [P-1:0] in_hl = at_hl[P-1:0] & MASK;
    wire [P-1:0] in_l4 = at_l4[P-1:0] & MASK;
    wire [P-1:0] in_fl = at_fl[P-1:0] & MASK;

    wire now_0  = in_ip && cnt == 5'd0           && whole[place];
    wire now_1  = in_ip && cnt == beat_of(at_1)  && whole[in_1];
    wire now_2  = in_ip && cnt == beat_of(at_2)  && whole[in_2];
    wire now_3  = in_ip && cnt == beat_of(at_3)  && whole[in_3];
    wire now_4  = in_ip && cnt == beat_of(at_4)  && whole[in_4];
    wire now_hl = in_ip && cnt == beat_of(at_hl) && whole[in_hl];
    wire now_l4 = in_ip && cnt == beat_of(at_l4) && whole[in_l4];
    wire now_fl = in_ip && cnt == beat_of(at_fl) && whole[in_fl];

    wire [31:0] word_0  = in_order(words[place*32 +: 32]);
    wire [31:0] word_1  = in_order(words[in_1*32 +: 32]);
    wire [31:0] word_2  = in_order(words[in_2*32 +: 32]);
    wire [31:0] word_3  = in_order(words[in_3*32 +: 32]);
    wire [31:0] word_4  = in_order(words[in_4*32 +: 32]);
    wire [31:0] word_l4 = in_order(words[in_l4*32 +: 32]);
    wire [31:0] word_fl = in_order(words[in_fl*32 +: 32]);

    // What the first word says of the lengths, in words; lengths above 127 bytes
    // leave room for any header and 16 bytes.  The end of the header is at least
    // five words on: two beats up to 64 bits, so that there is a clock for it.
    wire [5:0] l4_words = {1'b0, total_q[6:2]} - {2'd0, ihl_q};
    wire       long     = total_q[15:7] != 9'd0;
    wire [2:0] length_d = {version_q != 4'd4 || ihl_q < 4'd5 || (!long && l4_words[5]),
                           !long && l4_words == 6'd0, !long && l4_words[5:2] == 4'd0};
    reg  [2:0] length_q;
    wire [2:0] length   = N > 2 ? length_d : length_q;
    wire       known    = st_q == ST_IP && (N > 2 ? cnt_q != 5'd0 : cnt_q[4:1] != 4'd0);
    wire       bad      = known && length[2];
    wire       l4_none  = frag_q || length[1];
    wire       l4_short = length[0];    // less than 16 bytes: no TCP flags

    // The protocol is in time from two words a beat down.
    wire [7:0] proto    = N > 2 && now_2 ? word_2[23:16] : proto_q;
    wire       is_tcp   = proto == TCP;
    wire       is_icmp  = proto == ICMP;
    wire       has_port = is_tcp || proto == UDP || proto == SCTP;

    wire header = known && !bad && now_hl;              // it ends here
    wire l4     = known && !bad && now_l4 && !l4_none;
    wire fl     = known && !bad && now_fl && !l4_none && is_tcp && !l4_short;
    wire done   = fail || bad || (header && l4_none)
                  || (l4 && (!is_tcp || l4_short)) || fl;

    assign idle = !mid_q && !key_valid_q;

    // Bytes come in pairs, so every second bit of tkeep says it all.
    wire unused = &{1'b0, tkeep, word_0[17:16], word_1[31:14], word_2[31:24], word_2[15:0],
                    word_fl[31:24], word_fl[15:0], total_q[1:0]};

    always @(posedge clk) begin
        key_valid_q <= beat && st_q != ST_DONE && (done || tlast);
        length_q    <= length_d;
        if (beat) begin
            mid_q    <= !tlast;
            half_q   <= tdata[W-16 +: 16];
            place_q  <= place;
            cnt_q    <= start_next ? 5'd0 : cnt + 5'd1;
            if (st_q != ST_DONE)
                st_q <= done ? ST_DONE : in_ip || start_next ? ST_IP : ST_TYPE;
            if (tlast) begin
                cnt_q <= 5'd0;
                st_q  <= ST_TYPE;
            end
            has_ip_q <= (has_ip_q && mid_q) || header;
            if (now_0) begin
                version_q <= word_0[31:28];
                ihl_q     <= word_0[27:24];
                total_q   <= word_0[15:0];
                dscp_q    <= word_0[23:18];
            end
            if (now_1) begin
                frag_q     <= word_1[12:0] != 13'd0;
                fragment_q <= word_1[13:0] != 14'd0;
            end
            if (now_2)
                proto_q <= word_2[23:16];
            if (now_3)
                src_q <= word_3;
            if (now_4)
                dst_q <= word_4;
            if (l4 && has_port) begin
                sport_q <= word_l4[31:16];
                dport_q <= word_l4[15:0];
            end
            if ((l4 && is_icmp) || fl) begin
                flags_q     <= is_tcp ? word_fl[23:16] : word_l4[31:24];
                has_flags_q <= 1'b1;
            end
            if (now_0) begin
                sport_q     <= 16'd0;
                dport_q     <= 16'd0;
                flags_q     <= 8'd0;
                has_flags_q <= 1'b0;
            end
        end
        if (rst) begin
            key_valid_q <= 1'b0;
            mid_q       <= 1'b0;
            cnt_q       <= 5'd0;
            st_q        <= ST_TYPE;
        end
    end

    assign tap = has_ip_q ? src_q ^ {dst_q[18:0], dst_q[31:19]} ^ {dport_q, sport_q}
                          ^ {1'b0, dscp_q, 1'b1, proto_q, flags_q, 7'd0, has_flags_q} : 32'd0;
endmodule
`default_nettype wire
