// nat44_cache.v - exact results of nat44 for the flows in a table (RTL body).
// C body: nat44_cache.c.  1 beat/clk; a packet leaves when it is known to be whole,
// or to be none of those: at most 1,522 bytes + 8 clocks after it came.
//
//   s_axis -+-> net_hold ---------------------------------------+-> net_edit -> m_axis
//           |                                                   |
//           +-> net_flow4 -> hash -> KEY, END, one way a clock -+-> verdict
//
//   clock      0           1             2             3
//   valid      _/~~~~~~~~~\_________________________________
//   reads      way 0       way 1
//   compares               way 0         way 1
//   result_q                             way 0         either
//
// A packet with its headers has 42 bytes, so one comes at most every second clock up
// to 256 bits: two clocks of one read port look at both ways.
`default_nettype none
module nat44_cache #(
    parameter W     = 64,               // stream width in bits: 32, 64, 128, 256
    parameter N_KEY = 256,              // entries, 256: see the hash
    parameter N_END = 256               // as many
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
    // taps: headers, entry
    output wire [1:0]     tap_valid,
    output wire [63:0]    tap_data
);
    localparam LOG2 = 14 - $clog2(W);   // 2 KiB: the longest packet and 8 clk
    localparam PKTS = 5;                // while it leaves others come: 48 bytes each
    localparam KEY  = $clog2(N_KEY);    // bits of an entry's number
    localparam END  = $clog2(N_END);

    // --- registers ------------------------------------------------------------
    wire [31:0] inside_ports;
    wire [31:0] n_keys;
    wire [31:0] n_ends;
    wire [31:0] window_index;
    wire        window_we, window_re, window_moves, window_ack;
    wire [31:0] window_rdata;
    reg         n_out_q, n_in_q, cache_misses_q, cache_others_q;

    wire [127:0] counts;                 // for the host only
    nat44_cache_csr csr (
        .clk              (clk),
        .rst              (rst),
        .csr_we           (csr_we),
        .csr_re           (csr_re),
        .csr_ack          (csr_ack),
        .csr_addr         (csr_addr),
        .csr_wdata        (csr_wdata),
        .csr_rdata        (csr_rdata),
        .inside_ports     (inside_ports),
        .n_keys           (n_keys),
        .n_ends           (n_ends),
        .n_out_add        ({7'd0, n_out_q}),
        .n_out            (counts[0*32 +: 32]),
        .n_in_add         ({7'd0, n_in_q}),
        .n_in             (counts[1*32 +: 32]),
        .cache_misses_add ({7'd0, cache_misses_q}),
        .cache_misses     (counts[2*32 +: 32]),
        .cache_others_add ({7'd0, cache_others_q}),
        .cache_others     (counts[3*32 +: 32]),
        .window_index     (window_index),
        .window_we        (window_we),
        .window_re        (window_re),
        .window_moves     (window_moves),
        .window_ack       (window_ack),
        .window_rdata     (window_rdata)
    );

    // The table that the window shows; neither is beyond the tables.
    wire in_key = window_index[31:KEY+2] == {(30-KEY){1'b0}};
    wire in_end = window_index[31:END+1] == {4'd1, {(27-END){1'b0}}};

    // --- headers --------------------------------------------------------------
    wire        valid, sound, outside, tcp, ends, flow_idle;
    wire [1:0]  tags;
    wire [15:0] sum, l4_sum, sport, dport;
    wire [31:0] src, dst;

    net_flow4 #(.W (W)) flow4 (
        .clk     (clk),
        .rst     (rst),
        .beat    (s_axis_tvalid && s_axis_tready),
        .tdata   (s_axis_tdata),
        .tkeep   (s_axis_tkeep),
        .tlast   (s_axis_tlast),
        .error   (s_axis_tuser[33]),
        .side    (s_axis_tuser[7:5] != 3'd0 || !inside_ports[s_axis_tuser[4:0]]),
        .valid_q (valid),
        .sound   (sound),
        .side_q  (outside),
        .tags_q  (tags),
        .tcp_q   (tcp),
        .ends    (ends),
        .sum     (sum),
        .l4_sum  (l4_sum),
        .src     (src),
        .dst     (dst),
        .sport   (sport),
        .dport   (dport),
        .tap     (tap_data[31:0]),
        .idle    (flow_idle)
    );

    wire ip   = sound && !ends;
    wire look = valid && ip;

    // What is needed in the two clocks after: tags, checksums, and what an entry of
    // KEY begins with.
    wire [131:0] key = {tags, sum, l4_sum, outside, tcp, sport, dport, dst, src};
    wire [131:0] key_held;

    generate
        if (W <= 128) begin : stands
            assign key_held = key;      // net_flow4 holds it
        end else begin : copied
            reg [131:0] key_q;
            assign key_held = key_q;
            always @(posedge clk)
                if (look)
                    key_q <= key;
        end
    endgenerate

    // The words folded by XOR to 32 bits, those to 7; see nat44_cache_entry.c.
    function [6:0] hash(input [97:0] k);
        reg [31:0] x;
        begin
            x = k[31:0] ^ {k[58:32], k[63:59]} ^ {k[84:64], k[95:85]} ^ {30'd0, k[97:96]};
            hash = x[6:0] ^ x[13:7] ^ x[20:14] ^ x[27:21] ^ {3'd0, x[31:28]};
        end
    endfunction

    // --- tables ---------------------------------------------------------------
    reg  look_1_q, look_2_q;            // clocks since headers came
    reg  fetched_q;                     // the window's entry was read, of either table
    wire window_read = window_re && !look && !look_1_q;

    wire [KEY-1:0] entry = look || look_1_q ? {hash(look ? key[97:0] : key_held[97:0]), look_1_q}
                         : in_key           ? window_index[KEY+1:2]
                                            : window_index[END:1];
    wire [127:0]   held;                // entry 'entry' of the clock before
    wire [63:0]    result;              // ... of END

    genvar g;
    generate
        for (g = 0; g < 4; g = g + 1) begin : word
            net_ram #(.W (32), .LOG2 (KEY)) store (
                .clk     (clk),
                .we      (window_we && in_key && window_index[1:0] == g[1:0]),
                .waddr   (window_index[KEY+1:2]),
                .wdata   (csr_wdata),
                .re      (look || look_1_q || window_read),
                .raddr   (entry),
                .rdata_q (held[g*32 +: 32])
            );
        end
        for (g = 0; g < 2; g = g + 1) begin : line
            net_ram #(.W (32), .LOG2 (END)) store (
                .clk     (clk),
                .we      (window_we && in_end && window_index[0] == g[0]),
                .waddr   (window_index[END:1]),
                .wdata   (csr_wdata),
                .re      (look || look_1_q || window_read),
                .raddr   (entry),
                .rdata_q (result[g*32 +: 32])
            );
        end
    endgenerate

    assign window_ack   = fetched_q;
    assign window_rdata = in_key ? held[window_index[1:0]*32 +: 32]
                        : in_end ? result[window_index[0]*32 +: 32] : 32'd0;

    // --- lookup ---------------------------------------------------------------
    reg         in_use_q;               // the entry counts
    reg         hit_q;
    reg  [79:0] result_q;               // address, port, checksums
    reg  [4:0]  answer_q;               // of the packet: UDP without a checksum, tags,
                                        // from the outside, TCP
    reg         valid_1_q, valid_2_q, valid_3_q;
    reg         ip_1_q, ip_2_q, ip_3_q;
    wire        same = in_use_q && held[127] && {held[126:125], held[95:0]} == key_held[97:0];
    wire        take = same && (look_1_q || (look_2_q && !hit_q));
    wire        keep = look_2_q && !take;
    wire [15:0] sum_after, l4_after;
    wire        none = !key_held[96] && key_held[113:98] == 16'd0;    // RFC 768

    net_sum of_header (
        .sum       (key_held[129:114]),
        .change    (result[63:48]),
        .sum_after (sum_after)
    );

    net_sum of_l4 (
        .sum       (key_held[113:98]),
        .change    (result[47:32]),
        .sum_after (l4_after)
    );

    always @(posedge clk) begin
        fetched_q <= window_read && !window_moves;
        in_use_q  <= (n_keys[31:KEY] != {(32-KEY){1'b0}} || entry < n_keys[KEY-1:0])
                     && (n_ends[31:END] != {(32-END){1'b0}} || entry < n_ends[END-1:0]);
        look_1_q  <= look;
        look_2_q  <= look_1_q;
        hit_q     <= take || (keep && hit_q);
        if (take)
            result_q <= {result[31:0], held[111:96], sum_after,
                         l4_after == 16'd0 && !key_held[96] ? 16'hffff : l4_after};
        if (look_2_q)
            answer_q <= {none, key_held[131:130], key_held[97:96]};
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

    assign tap_valid       = {valid_3_q, valid};
    assign tap_data[63:32] = ip_3_q && hit_q
        ? result_q[79:48] ^ result_q[31:0] ^ {result_q[47:32], 16'd0} ^ {2'd3, answer_q, 25'd0}
        : {ip_3_q, 31'd0};

    // --- packets wait for their verdicts ------------------------------------
    wire [W-1:0] data;
    wire [47:0]  user;
    wire [86:0]  verdict;
    wire         hold_empty;

    net_hold #(.W (W), .LOG2 (LOG2), .PKTS (PKTS), .V (87)) hold (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .verdict_valid (valid_3_q),
        .verdict       ({ip_3_q, hit_q, answer_q, result_q}),
        .m_axis_tdata  (data),
        .m_axis_tkeep  (m_axis_tkeep),
        .m_axis_tuser  (user),
        .m_verdict     (verdict),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .empty         (hold_empty)
    );

    // --- what leaves ----------------------------------------------------------
    // One that is dropped or punted already passes as it is and counts nowhere.
    wire       done   = user[32] || user[34];
    wire       looked = verdict[86];
    wire       hit    = looked && verdict[85];
    wire       go     = hit && !done;
    wire       to_in  = verdict[81];     // from the outside: the destination changes
    wire       is_tcp = verdict[80];
    wire       has_l4 = !verdict[84];
    wire [3:0] tag    = {2'd0, verdict[83:82]};
    wire       leave  = m_axis_tvalid && m_axis_tready && m_axis_tlast && !done;

    // Counted a clock later, when the packet is still in the slot.
    always @(posedge clk) begin
        n_out_q        <= leave && hit && !to_in;
        n_in_q         <= leave && hit && to_in;
        cache_misses_q <= leave && looked && !hit;
        cache_others_q <= leave && !looked;
    end

    assign idle = flow_idle && !valid_1_q && !valid_2_q && !valid_3_q && hold_empty;

    assign m_axis_tuser = {user[47:35], user[34] || !(hit || done), user[33:0]};

    // Places are in 16 bits: checksum 12, addresses 13 and 15, ports 17 and 18, UDP's
    // checksum 20, TCP's 25, and 2 more for each tag.
    net_edit #(.W (W), .E (5), .A (5)) edit (
        .clk    (clk),
        .rst    (rst),
        .beat   (m_axis_tvalid && m_axis_tready),
        .tdata  (data),
        .tlast  (m_axis_tlast),
        .on     ({go && has_l4, {4{go}}}),
        .at     ({(is_tcp ? 4'd12 : 4'd10) + tag, is_tcp,
                  (to_in ? 4'd9 : 4'd8) + tag, !to_in,
                  (to_in ? 4'd8 : 4'd7) + tag, 1'b0,
                  (to_in ? 4'd7 : 4'd6) + tag, 1'b1,
                  4'd6 + tag, 1'b0}),
        .to     ({verdict[15:0], verdict[47:32], verdict[63:48], verdict[79:64], verdict[31:16]}),
        .edited (m_axis_tdata)
    );

    wire unused = &{1'b0, counts, held[124:112]};
endmodule
`default_nettype wire
