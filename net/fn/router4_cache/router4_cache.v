// router4_cache.v - exact results of router4 for the destinations in a table (RTL
// body).  C body: router4_cache.c.  1 beat/clk; a packet leaves when it is known
// to be whole, or to be none of those: at most 1,522 bytes + 8 clocks after it came.
//
//   s_axis -+-> net_hold ------------------------------------------+-> net_edit -> m_axis
//           |                                                      |
//           +-> net_plain4 -> hash -> DEST, one way a clock -+-> verdict
//                                                            +-> hops -> HOP
//
//   clock      0           1             2             3
//   valid      _/~~~~~~~~~\_________________________________
//   reads      way 0       way 1
//   compares               way 0         way 1
//   result_q                             way 0         either
//
// A packet with a header has 34 bytes, so one comes at most every second clock up to
// 256 bits: two clocks of one read port look at both ways.  The packet at the exit
// has its entry of HOP at the memory's exit; the host reads one between two packets.
`default_nettype none
module router4_cache #(
    parameter W      = 64,              // stream width in bits: 32, 64, 128, 256
    parameter N_DEST = 512,             // entries, 512: see the hash
    parameter N_HOP  = 256              // entries, 256
) (
    input  wire           clk,
    input  wire           rst,
    // registers
    input  wire           csr_we,
    input  wire           csr_re,
    output wire           csr_ack,
    input  wire [7:0]     csr_addr,
    input  wire [31:0]    csr_wdata,
    output wire [31:0]    csr_rdata,
    // packets in
    input  wire [W-1:0]   s_axis_tdata,
    input  wire [W/8-1:0] s_axis_tkeep,
    input  wire [47:0]    s_axis_tuser,
    input  wire           s_axis_tlast,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    // packets out
    output wire [W-1:0]   m_axis_tdata,
    output wire [W/8-1:0] m_axis_tkeep,
    output wire [47:0]    m_axis_tuser,
    output wire           m_axis_tlast,
    output wire           m_axis_tvalid,
    input  wire           m_axis_tready,
    output wire           idle,
    // taps: header, destination, next hop
    output wire [2:0]     tap_valid,
    output wire [95:0]    tap_data
);
    localparam LOG2 = 14 - $clog2(W);   // 2 KiB: the longest packet and 8 clk
    localparam PKTS = 5;                // while it leaves others come: 48 bytes each
    localparam DEST = $clog2(N_DEST);   // bits of an entry's number
    localparam HOP  = $clog2(N_HOP);

    // --- registers ------------------------------------------------------------
    wire [31:0] n_dest;
    wire [31:0] n_hops;
    wire [31:0] window_index;
    wire        window_we, window_re, window_moves, window_ack;
    wire [31:0] window_rdata;
    reg         n_forwarded_q, cache_misses_q, cache_others_q;

    wire [95:0] counts;                  // for the host only
    router4_cache_csr csr (
        .clk              (clk),
        .rst              (rst),
        .csr_we           (csr_we),
        .csr_re           (csr_re),
        .csr_ack          (csr_ack),
        .csr_addr         (csr_addr),
        .csr_wdata        (csr_wdata),
        .csr_rdata        (csr_rdata),
        .n_dest           (n_dest),
        .n_hops           (n_hops),
        .n_forwarded_add  ({7'd0, n_forwarded_q}),
        .n_forwarded      (counts[0*32 +: 32]),
        .cache_misses_add ({7'd0, cache_misses_q}),
        .cache_misses     (counts[1*32 +: 32]),
        .cache_others_add ({7'd0, cache_others_q}),
        .cache_others     (counts[2*32 +: 32]),
        .window_index     (window_index),
        .window_we        (window_we),
        .window_re        (window_re),
        .window_moves     (window_moves),
        .window_ack       (window_ack),
        .window_rdata     (window_rdata)
    );

    // The table that the window shows; neither is beyond the tables.
    wire in_dest = window_index[31:DEST+1] == {(31-DEST){1'b0}};
    wire in_hop  = window_index[31:HOP+2] == {4'd1, {(26-HOP){1'b0}}};

    // --- header ---------------------------------------------------------------
    wire        valid, sound, group, plain_idle;
    wire [1:0]  tags;
    wire [10:0] total;
    wire [7:0]  ttl, proto;
    wire [15:0] sum;
    wire [31:0] src, dst;

    net_plain4 #(.W (W)) plain4 (
        .clk     (clk),
        .rst     (rst),
        .beat    (s_axis_tvalid && s_axis_tready),
        .tdata   (s_axis_tdata),
        .tkeep   (s_axis_tkeep),
        .tlast   (s_axis_tlast),
        .error   (s_axis_tuser[33]),
        .valid_q (valid),
        .sound   (sound),
        .group_q (group),
        .tags_q  (tags),
        .total_q (total),
        .ttl     (ttl),
        .proto   (proto),
        .sum     (sum),
        .src     (src),
        .dst     (dst),
        .tap     (tap_data[31:0]),
        .idle    (plain_idle)
    );

    // Never a source: RFC 1812, 5.3.7.
    wire martian = src[31:24] == 8'd0 || src[31:24] == 8'd127 || src[31:28] >= 4'he;
    wire ip      = sound && !group && !martian && ttl > 8'd1;
    wire look    = valid && ip;

    // What is needed in the two clocks after.
    wire [76:0] key = {tags, total, ttl, proto, sum, dst};
    wire [76:0] key_held;

    generate
        if (W <= 128) begin : stands
            assign key_held = key;      // net_plain4 holds it
        end else begin : copied
            reg [76:0] held_q;
            assign key_held = held_q;
            always @(posedge clk)
                if (look)
                    held_q <= key;
        end
    endgenerate

    // The address folded by XOR; see router4_cache_entry.c.
    function [7:0] hash(input [31:0] x);
        hash = x[7:0] ^ x[14:7] ^ x[21:14] ^ x[28:21] ^ {4'd0, x[31:28]};
    endfunction

    // --- DEST -----------------------------------------------------------------
    reg  look_1_q, look_2_q;            // clocks since a header came
    reg  fetched_q;                     // the window's entry was read, of either table
    wire hop_read;
    wire dest_read = window_re && in_dest && !look && !look_1_q;

    wire [DEST-1:0] entry = look || look_1_q ? {hash(look ? dst : key_held[31:0]), look_1_q}
                          : window_index[DEST:1];
    wire [63:0]     held;               // entry 'entry' of the clock before

    genvar g;
    generate
        for (g = 0; g < 2; g = g + 1) begin : word
            net_ram #(.W (32), .LOG2 (DEST)) store (
                .clk     (clk),
                .we      (window_we && in_dest && window_index[0] == g[0]),
                .waddr   (window_index[DEST:1]),
                .wdata   (csr_wdata),
                .re      (look || look_1_q || dest_read),
                .raddr   (entry),
                .rdata_q (held[g*32 +: 32])
            );
        end
    endgenerate

    // --- lookup ---------------------------------------------------------------
    reg         in_use_q;               // the entry counts
    reg  [8:0]  result_q;               // held, entry of HOP; 0: not there, no lookup
    reg  [33:0] answer_q;               // tags, new TTL, protocol and checksum
    reg         valid_1_q, valid_2_q, valid_3_q;
    reg         ip_1_q, ip_2_q, ip_3_q;
    wire [15:0] mtu  = held[47:32];
    wire        fits = mtu == 16'd0 || {5'd0, key_held[74:64]} <= mtu;
    wire        hop_in_use = n_hops[31:HOP] != {(32-HOP){1'b0}}
                             || held[48 +: HOP] < n_hops[HOP-1:0];
    wire        same = in_use_q && held[63] && held[31:0] == key_held[31:0] && fits && hop_in_use;
    wire        take = same && (look_1_q || (look_2_q && !result_q[8]));
    wire        keep = look_2_q && !take;
    wire [15:0] sum_after;

    net_sum older (
        .sum       (key_held[47:32]),
        .change    (16'hfeff),          // of a word less 0x0100
        .sum_after (sum_after)
    );

    always @(posedge clk) begin
        fetched_q <= (dest_read || hop_read || (window_re && !in_dest && !in_hop)) && !window_moves;
        in_use_q  <= n_dest[31:DEST] != {(32-DEST){1'b0}} || entry < n_dest[DEST-1:0];
        look_1_q  <= look;
        look_2_q  <= look_1_q;
        result_q  <= ({1'b1, held[55:48]} & {9{take}}) | (result_q & {9{keep}});
        if (look_2_q)
            answer_q <= {key_held[76:75], key_held[63:56] - 8'd1, key_held[55:48], sum_after};
        valid_1_q <= valid;
        valid_2_q <= valid_1_q;
        valid_3_q <= valid_2_q;
        ip_1_q    <= ip;
        ip_2_q    <= ip_1_q;
        ip_3_q    <= ip_2_q;
        if (rst) begin
            fetched_q <= 1'b0;
            look_1_q  <= 1'b0;
            look_2_q  <= 1'b0;
            valid_1_q <= 1'b0;
            valid_2_q <= 1'b0;
            valid_3_q <= 1'b0;
        end
    end

    assign tap_valid[1:0]  = {valid_3_q, valid};
    assign tap_data[63:32] = ip_3_q ? {1'b1, result_q, 20'd0, answer_q[33:32]} ^ answer_q[31:0]
                                    : 32'd0;

    // --- HOP, one read a packet -----------------------------------------------
    wire           leave = m_axis_tvalid && m_axis_tready && m_axis_tlast;
    reg            hop_full_q;          // that of the packet at the exit is there
    reg            hop_new_q;           // ... since this clock
    reg            hop_hit_q;           // ... and there is one
    wire           hops_valid, hops_ready, hops_empty;
    wire           number_hit;
    wire [HOP-1:0] number;
    wire [127:0]   hop;
    wire           hop_free = !hop_full_q || leave;
    assign         hop_read = window_re && in_hop && hop_free;
    wire           hop_next = hops_valid && hop_free && !hop_read;

    axis_fifo #(.W (HOP + 1), .LOG2 (PKTS)) hops (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (result_q[HOP:0]),
        .s_axis_tvalid (valid_3_q),
        .s_axis_tready (hops_ready),    // it has a place more than net_hold
        .m_axis_tdata  ({number_hit, number}),
        .m_axis_tvalid (hops_valid),
        .m_axis_tready (hop_next),
        .empty         (hops_empty)
    );

    generate
        for (g = 0; g < 4; g = g + 1) begin : line
            net_ram #(.W (32), .LOG2 (HOP)) store (
                .clk     (clk),
                .we      (window_we && in_hop && window_index[1:0] == g[1:0]),
                .waddr   (window_index[HOP+1:2]),
                .wdata   (csr_wdata),
                .re      (hop_read || hop_next),
                .raddr   (hop_read ? window_index[HOP+1:2] : number),
                .rdata_q (hop[g*32 +: 32])
            );
        end
    endgenerate

    always @(posedge clk) begin
        hop_full_q <= hop_next || (hop_full_q && !leave);
        hop_new_q  <= hop_next;
        hop_hit_q  <= number_hit;
        if (rst) begin
            hop_full_q <= 1'b0;
            hop_new_q  <= 1'b0;
        end
    end

    assign tap_valid[2]    = hop_new_q;
    assign tap_data[95:64] = hop_hit_q ? hop[31:0] ^ {hop[55:32], hop[63:56]}
                                         ^ {hop[79:64], hop[95:80]} ^ {hop[103:96], hop[127:104]}
                                       : 32'd0;

    assign window_ack   = fetched_q;
    assign window_rdata = in_dest ? held[window_index[0]*32 +: 32]
                        : in_hop  ? hop[window_index[1:0]*32 +: 32] : 32'd0;

    // --- packets wait for their verdicts ------------------------------------
    wire [W-1:0] data;
    wire [47:0]  user;
    wire [35:0]  verdict;
    wire         hold_valid, hold_empty;

    net_hold #(.W (W), .LOG2 (LOG2), .PKTS (PKTS), .V (36)) hold (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .verdict_valid (valid_3_q),
        .verdict       ({ip_3_q, result_q[8], answer_q}),
        .m_axis_tdata  (data),
        .m_axis_tkeep  (m_axis_tkeep),
        .m_axis_tuser  (user),
        .m_verdict     (verdict),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tvalid (hold_valid),
        .m_axis_tready (m_axis_tready && hop_full_q),
        .empty         (hold_empty)
    );

    // --- what leaves ----------------------------------------------------------
    // One that is dropped or punted already passes as it is and counts nowhere.
    wire        done = user[32] || user[34];
    wire        hit  = verdict[34];
    wire        go   = hit && !done;
    wire [3:0]  at   = 4'd5 + {2'd0, verdict[33:32]};    // of TTL and checksum, in 32 bits

    // Counted a clock later, when the packet is still in the slot.
    always @(posedge clk) begin
        n_forwarded_q  <= leave && !done && hit;
        cache_misses_q <= leave && !done && !hit && verdict[35];
        cache_others_q <= leave && !done && !verdict[35];
    end

    assign idle = plain_idle && !valid_1_q && !valid_2_q && !valid_3_q && hold_empty
                  && hops_empty && !hop_full_q;

    assign m_axis_tvalid = hold_valid && hop_full_q;
    assign m_axis_tuser  = {user[47:35], user[34] || !(hit || done), user[33:16],
                            go ? hop[55:48] : user[15:8], user[7:0]};

    net_edit #(.W (W), .E (8), .A (5)) edit (
        .clk    (clk),
        .rst    (rst),
        .beat   (m_axis_tvalid && m_axis_tready),
        .tdata  (data),
        .tlast  (m_axis_tlast),
        .on     ({go, go, {3{go && hop[62]}}, {3{go && hop[63]}}}),
        .at     ({at + 4'd1, 1'b0, at, 1'b1, 5'd5, 5'd4, 5'd3, 5'd2, 5'd1, 5'd0}),
        .to     ({verdict[15:0], verdict[31:16],
                  hop[79:64], hop[95:80], hop[111:96],
                  hop[15:0], hop[31:16], hop[47:32]}),
        .edited (m_axis_tdata)
    );

    wire unused = &{1'b0, counts, hops_ready, src[23:0]};
endmodule
`default_nettype wire
