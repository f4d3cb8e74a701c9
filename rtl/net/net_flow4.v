// net_flow4.v - reads the headers of packets that are translated at line rate, as
// their beats pass by: a sound IPv4 header without options, TCP or UDP whole behind
// it, no fragment, at most MOST bytes of IPv4 behind at most two VLAN tags.  C body:
// core/net_flow4.h.  What it says of a packet is there two clocks after the beat that
// decides: the one with the last byte that the total length names, the one that shows
// that it is no such packet, or the last one.
//
// Bytes are taken as net_key4 does, in words of bytes 4k-2 to 4k+1, so that every
// field lies whole in one: k words behind the start are in beat (place + k) / N after
// the one with the start, at place (place + k) % N.
//
//   word  0       1         2                   3    4    5      6        8      9
//         length  fragment  protocol, checksum  src  dst  ports  UDP sum  flags  TCP sum
//
//   clock      0       1            2
//   beat       fields  bytes, sum   valid_q
//
// The sum of the header's ten 16-bit words is a multiple of 65535 when the checksum
// is right: their carries, added, must make it all ones.  They are added as they lie,
// low byte first, which turns the sum's bytes round and no more (RFC 1071, 2 (B)).
`default_nettype none
module net_flow4 #(
    parameter W    = 64,                // stream width in bits: 32, 64, 128, 256
    parameter MOST = 1500               // longest total length, less than 2048
) (
    input  wire           clk,
    input  wire           rst,
    // packets as they pass by; 'beat' is valid && ready
    input  wire           beat,
    input  wire [W-1:0]   tdata,
    input  wire [W/8-1:0] tkeep,
    input  wire           tlast,
    input  wire           error,        // not Ethernet: is not sound
    input  wire           side,         // a bit that goes with the packet: side_q
    // one answer a packet, in order; valid_q and sound for one clock, the others
    // stand for two clocks more when it is sound, for one at 256 bits
    output reg            valid_q,
    output wire           sound,        // else the other fields mean nothing
    output reg            side_q,
    output reg  [1:0]     tags_q,       // the header is at byte 14 + 4 * tags
    output reg            tcp_q,        // else UDP
    output wire           ends,         // TCP with FIN, SYN or RST
    output wire [15:0]    sum,          // of the header
    output wire [15:0]    l4_sum,
    output wire [31:0]    src,
    output wire [31:0]    dst,
    output wire [15:0]    sport,
    output wire [15:0]    dport,
    // folded for a tap, with valid_q: net_flow4_tap() of core/net_flow4.h
    output wire [31:0]    tap,
    // no packet is half read
    output wire           idle
);
    localparam N    = W / 32;           // words a beat
    localparam LOG2 = $clog2(N);
    localparam P    = N == 1 ? 1 : LOG2;    // bits of a place
    localparam C    = $clog2(W/8) + 1;  // bits of the bytes of a beat

    localparam TCP = 8'd6, UDP = 8'd17;

    localparam [P-1:0] MASK = N == 1 ? {P{1'b0}} : {P{1'b1}};

    reg         ip_q;                   // in the IPv4 header or behind it
    reg         mid_q;                  // a packet is half read
    reg         typed_q;                // its type is known
    reg [4:0]   cnt_q;                  // beats before: of the packet, or since the
                                        // one in which the header starts; stays at 31
    reg [P-1:0] place_q;                // where in its beat the header starts
    reg [15:0]  half_q;                 // last two bytes of the beat before
    reg         from_side_q;            // side_q and tags_q of the packet that passes
    reg [1:0]   n_tags_q;
    reg [23:0]  first_q;                // version, IHL, total length
    reg         part_q;                 // a fragment
    reg [23:0]  life_q;                 // protocol, checksum
    reg [31:0]  from_q, to_q;           // addresses
    reg [31:0]  ports_q;
    reg [15:0]  udp_sum_q, tcp_sum_q;
    reg         ends_q;

    // Words as they lie, the first byte in [7:0].
    wire [(32<<P)-1:0] words;

    genvar g;
    generate
        for (g = 0; g < (1 << P); g = g + 1) begin : word
            if (g == 0) begin : first
                assign words[31:0] = {tdata[15:0], half_q};
            end else if (g < N) begin : next
                assign words[g*32 +: 32] = tdata[g*32-16 +: 32];
            end else begin : none
                assign words[g*32 +: 32] = 32'd0;
            end
        end
    endgenerate

    function [4:0] beat_of(input [4:0] at);
        beat_of = at >> LOG2;
    endfunction

    function [31:0] in_order(input [31:0] w);
        in_order = {w[7:0], w[15:8], w[23:16], w[31:24]};
    endfunction

    // --- clock 0: ethertypes in words 3, 4, 5 -------------------------------
    integer     k;
    reg         more_tags;              // all types so far are those of tags
    reg         fail;                   // no IPv4
    reg         in_ip;                  // the header has started
    reg         start_next;             // it starts with the next beat
    reg [P-1:0] place;                  // where in its beat
    reg [4:0]   cnt;                    // beats since the one it starts in
    reg [1:0]   n_tags;
    reg [15:0]  ethertype;

    always @* begin
        more_tags  = 1'b1;
        fail       = error;
        in_ip      = mid_q && ip_q;
        start_next = 1'b0;
        place      = place_q;
        cnt        = mid_q ? cnt_q : 5'd0;
        n_tags     = n_tags_q;
        ethertype  = 16'd0;
        if (!mid_q || !typed_q)
            for (k = 3; k < 6; k = k + 1)
                if (more_tags && (mid_q ? cnt_q : 5'd0) == beat_of(k[4:0])) begin
                    ethertype = {words[k%N*32+16 +: 8], words[k%N*32+24 +: 8]};
                    more_tags = (ethertype == 16'h8100 || ethertype == 16'h88a8) && k != 5;
                    if (ethertype == 16'h0800) begin
                        place      = (k[P-1:0] + 1'b1) & MASK;
                        start_next = place == {P{1'b0}};
                        in_ip      = !start_next;
                        cnt        = 5'd0;
                        n_tags     = k[1:0] + 2'd1;
                    end else if (!more_tags)
                        fail = 1'b1;
                end
    end

    // --- clock 0: the header's words ----------------------------------------
    wire [4:0] at_1 = {{(5-P){1'b0}}, place} + 5'd1;     // where its words are
    wire [4:0] at_2 = {{(5-P){1'b0}}, place} + 5'd2;
    wire [4:0] at_3 = {{(5-P){1'b0}}, place} + 5'd3;
    wire [4:0] at_4 = {{(5-P){1'b0}}, place} + 5'd4;
    wire [4:0] at_5 = {{(5-P){1'b0}}, place} + 5'd5;
    wire [4:0] at_6 = {{(5-P){1'b0}}, place} + 5'd6;
    wire [4:0] at_8 = {{(5-P){1'b0}}, place} + 5'd8;
    wire [4:0] at_9 = {{(5-P){1'b0}}, place} + 5'd9;

    wire [P-1:0] in_1 = at_1[P-1:0] & MASK;
    wire [P-1:0] in_2 = at_2[P-1:0] & MASK;
    wire [P-1:0] in_3 = at_3[P-1:0] & MASK;
    wire [P-1:0] in_4 = at_4[P-1:0] & MASK;
    wire [P-1:0] in_5 = at_5[P-1:0] & MASK;
    wire [P-1:0] in_6 = at_6[P-1:0] & MASK;
    wire [P-1:0] in_8 = at_8[P-1:0] & MASK;
    wire [P-1:0] in_9 = at_9[P-1:0] & MASK;

    wire now_0 = in_ip && cnt == 5'd0;
    wire now_1 = in_ip && cnt == beat_of(at_1);
    wire now_2 = in_ip && cnt == beat_of(at_2);
    wire now_3 = in_ip && cnt == beat_of(at_3);
    wire now_4 = in_ip && cnt == beat_of(at_4);
    wire now_5 = in_ip && cnt == beat_of(at_5);
    wire now_6 = in_ip && cnt == beat_of(at_6);
    wire now_8 = in_ip && cnt == beat_of(at_8);
    wire now_9 = in_ip && cnt == beat_of(at_9);

    wire [31:0] word_0 = in_order(words[place*32 +: 32]);
    wire [31:0] word_1 = in_order(words[in_1*32 +: 32]);
    wire [31:0] word_2 = in_order(words[in_2*32 +: 32]);
    wire [31:0] word_6 = in_order(words[in_6*32 +: 32]);
    wire [31:0] word_8 = in_order(words[in_8*32 +: 32]);
    wire [31:0] word_9 = in_order(words[in_9*32 +: 32]);

    // The header's part of the beat, added up; how many bytes the beat has.
    integer     j;
    reg [19:0]  part_d;
    reg [7:0]   index;                  // of a word in the header
    reg [C-1:0] bytes_d;

    always @* begin
        part_d  = 20'd0;
        index   = 8'd0;
        bytes_d = {C{1'b0}};
        for (j = 0; j < N; j = j + 1) begin
            index = ({3'd0, cnt} << LOG2) + j[7:0] - {{(8-P){1'b0}}, place};
            if (in_ip && index < 8'd5)
                part_d = part_d + {4'd0, words[j*32 +: 16]} + {4'd0, words[j*32+16 +: 16]};
        end
        for (j = 0; j < W/8; j = j + 1)
            if (tkeep[j])
                bytes_d = j[C-1:0] + 1'b1;
    end

    // --- clock 1: is it long enough? ----------------------------------------
    reg         beat_1_q, last_1_q, fail_1_q, ip_1_q, start_1_q;
    reg         answered_q;             // the rest of the packet does not matter
    reg         whole_q;                // sound, but for the sum
    reg [C-1:0] bytes_1_q;
    reg [19:0]  part_1_q, sum_q;
    reg [12:0]  need_q;                 // bytes beyond the beats so far, less one

    wire [12:0] need_before = start_1_q
        ? {2'd0, first_q[10:0]} + {{(11-P){1'b0}}, place_q, 2'd0} - 13'd3 : need_q;
    wire [12:0] need_d  = need_before - {{(13-C){1'b0}}, bytes_1_q};
    wire        reached = need_d[12];
    wire        plain   = first_q[23:16] == 8'h45 && first_q[15:0] >= 16'd20
                          && first_q[15:0] <= MOST[15:0];
    wire        answer  = beat_1_q && !answered_q
                          && (last_1_q || fail_1_q || (ip_1_q && (reached || !plain)));
    wire        is_tcp  = life_q[23:16] == TCP;
    wire        whole_l4 = is_tcp ? first_q[15:0] >= 16'd40
                                  : life_q[23:16] == UDP && first_q[15:0] >= 16'd28;
    wire        whole_d = ip_1_q && !fail_1_q && reached && plain && whole_l4 && !part_q;

    always @(posedge clk) begin
        // clock 0
        beat_1_q <= beat;
        if (beat) begin
            mid_q     <= !tlast;
            typed_q   <= (mid_q && typed_q) || in_ip || start_next || fail;
            ip_q      <= in_ip || start_next;
            cnt_q     <= start_next ? 5'd0 : cnt == 5'd31 ? cnt : cnt + 5'd1;
            place_q   <= place;
            half_q    <= tdata[W-16 +: 16];
            n_tags_q  <= n_tags;
            last_1_q  <= tlast;
            fail_1_q  <= fail;
            ip_1_q    <= in_ip;
            start_1_q <= now_0;
            bytes_1_q <= bytes_d;
            part_1_q  <= part_d;
            if (!mid_q)
                from_side_q <= side;
            if (now_0)
                first_q <= {word_0[31:24], word_0[15:0]};
            if (now_1)
                part_q <= word_1[13:0] != 14'd0;
            if (now_2)
                life_q <= word_2[23:0];
            if (now_3)
                from_q <= in_order(words[in_3*32 +: 32]);
            if (now_4)
                to_q <= in_order(words[in_4*32 +: 32]);
            if (now_5)
                ports_q <= in_order(words[in_5*32 +: 32]);
            if (now_6)
                udp_sum_q <= word_6[15:0];
            if (now_8)
                ends_q <= word_8[18:16] != 3'd0;
            if (now_9)
                tcp_sum_q <= word_9[31:16];
        end
        // clock 1
        valid_q <= answer;
        whole_q <= whole_d;
        if (beat_1_q) begin
            answered_q <= !last_1_q && (answered_q || answer);
            need_q     <= need_d;
            sum_q      <= (start_1_q ? 20'd0 : sum_q) + part_1_q;
        end
        if (answer && whole_d) begin
            side_q <= from_side_q;
            tags_q <= n_tags_q;
            tcp_q  <= is_tcp;
        end
        if (rst) begin
            beat_1_q   <= 1'b0;
            mid_q      <= 1'b0;
            answered_q <= 1'b0;
            valid_q    <= 1'b0;
        end
    end

    // Up to 64 bits the next header is beats away.
    wire [15:0] l4_sum_d = is_tcp ? tcp_sum_q : udp_sum_q;

    generate
        if (W <= 64) begin : stands
            assign {sum, src, dst} = {life_q[15:0], from_q, to_q};
            assign {sport, dport}  = ports_q;
            assign l4_sum          = l4_sum_d;
            assign ends            = is_tcp && ends_q;
        end else begin : copied
            reg [128:0] held_q;
            assign {ends, l4_sum, sport, dport, sum, src, dst} = held_q;
            always @(posedge clk)
                if (answer && whole_d)
                    held_q <= {is_tcp && ends_q, l4_sum_d, ports_q, life_q[15:0], from_q, to_q};
        end
    endgenerate

    wire [31:0] ports = {sport, dport};
    assign sound = whole_q && &(sum_q[15:0] ^ {12'd0, sum_q[19:16]});
    assign idle  = !mid_q && !beat_1_q && !valid_q;
    assign tap   = sound ? {src[18:0], src[31:19]} ^ dst ^ {ports[26:0], ports[31:27]} ^ {sum, l4_sum}
                           ^ {1'b1, tcp_q, ends, side_q, tags_q, 26'd0} : 32'd0;

    // Of some words not all is looked at.
    wire unused = &{1'b0, word_0[23:16], word_1[31:14], word_2[31:24], word_6[31:16],
                    word_8[31:19], word_8[15:0], word_9[15:0]};
endmodule
`default_nettype wire
