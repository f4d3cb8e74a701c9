// bridge.v - learning switch with VLANs, port states and ageing (RTL body).  C body:
// bridge.c.  1 beat/clk; a packet that gets a tag takes the clocks of the beats it grows
// by; streams wider than 64 bits pause one clock after a packet that has no beat behind
// its header.  A packet leaves when its verdict is known, at most 18 bytes + 6 clocks
// after it came, and 2 to 5 clocks later.
//
//   s_axis -+-> net_hold ---------------------------------+-> bridge_tag -> m_axis
//           |                                             |
//           +-> net_eth -> 0 -> 1 -> 2 -> verdict (tuser) +
//                          |    |    |
//                          |    |    +- what is too old is written as invalid,
//                          |    |       one clock later the source is written
//                          |    +------ entries compared, set to sweep read
//                          +----------- entries and VLAN read
//
// Packets that are looked up are two clocks apart, so that reads and writes of
// stages 0 and 2 fall between those of stages 1 and 3.
`default_nettype none
module bridge #(
    parameter W      = 64,              // stream width in bits: 32, 64, 128, 256
    parameter N_FDB  = 4096,            // stations: a power of two, 64..4096
    parameter N_VLAN = 4096             // VLANs: a power of two, 2..4096
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
    // taps: key, lookup, learn
    output wire [2:0]     tap_valid,
    output wire [95:0]    tap_data
);
    localparam HOLD  = 4;               // log2 of the beats that wait
    localparam LOG2  = $clog2(N_FDB) - 2;   // of the sets, four ways each
    localparam LOG2V = $clog2(N_VLAN);
    localparam HEAD  = (144 + W - 1) / W;   // beats of the 18 bytes of a header

    // Marks of packets that go to no other port: enum bridge_why of bridge_text.h.
    localparam [15:0] WHY_SHORT  = 16'd1, WHY_PORT     = 16'd2, WHY_INGRESS = 16'd3,
                      WHY_EGRESS = 16'd4, WHY_FILTERED = 16'd5, WHY_EMPTY   = 16'd6,
                      WHY_FRAME  = 16'd7, WHY_STATE    = 16'd8, WHY_PUNT    = 16'd9;
    localparam [7:0]  CONTROL    = 8'd255;      // BRIDGE_CONTROL

    // --- registers ----------------------------------------------------------
    wire [31:0]  sweep, n_fdb, n_vlans, tick, max_age;
    wire [31:0]  refuse, unfiltered, states, tag;
    wire [63:0]  epochs;                // port k at [k*4 +: 4]
    wire [255:0] pvids;                 // port k at [k*16 +: 12]
    wire [31:0]  window_index, window_rdata;
    wire         window_we, window_re, window_moves, window_ack;
    reg          s1_look_q;
    wire         add_learned, add_moved, add_full;
    wire         add_unicast, add_flooded, add_filtered, add_dropped, add_punted;
    wire [3:0]   aged;                  // ways swept out

    wire [287:0] counts;                 // for the host only
    bridge_csr csr (
        .clk            (clk),
        .rst            (rst),
        .csr_we         (csr_we),
        .csr_re         (csr_re),
        .csr_ack        (csr_ack),
        .csr_addr       (csr_addr),
        .csr_wdata      (csr_wdata),
        .csr_rdata      (csr_rdata),
        .n_fdb          (n_fdb),
        .n_vlans        (n_vlans),
        .tick           (tick),
        .max_age        (max_age),
        .pvid0          (pvids[0*32 +: 32]),
        .pvid1          (pvids[1*32 +: 32]),
        .pvid2          (pvids[2*32 +: 32]),
        .pvid3          (pvids[3*32 +: 32]),
        .pvid4          (pvids[4*32 +: 32]),
        .pvid5          (pvids[5*32 +: 32]),
        .pvid6          (pvids[6*32 +: 32]),
        .pvid7          (pvids[7*32 +: 32]),
        .sweep_add      ({7'd0, s1_look_q}),
        .sweep          (sweep),
        .n_learned_add  ({7'd0, add_learned}),
        .n_learned      (counts[0*32 +: 32]),
        .n_moved_add    ({7'd0, add_moved}),
        .n_moved        (counts[1*32 +: 32]),
        .n_full_add     ({7'd0, add_full}),
        .n_full         (counts[2*32 +: 32]),
        .n_aged_add     ({7'd0, aged[0]} + {7'd0, aged[1]} + {7'd0, aged[2]} + {7'd0, aged[3]}),
        .n_aged         (counts[3*32 +: 32]),
        .n_unicast_add  ({7'd0, add_unicast}),
        .n_unicast      (counts[4*32 +: 32]),
        .n_flooded_add  ({7'd0, add_flooded}),
        .n_flooded      (counts[5*32 +: 32]),
        .n_filtered_add ({7'd0, add_filtered}),
        .n_filtered     (counts[6*32 +: 32]),
        .n_dropped_add  ({7'd0, add_dropped}),
        .n_dropped      (counts[7*32 +: 32]),
        .refuse         (refuse),
        .unfiltered     (unfiltered),
        .states         (states),
        .tag            (tag),
        .epoch0         (epochs[31:0]),
        .epoch1         (epochs[63:32]),
        .n_punted_add   ({7'd0, add_punted}),
        .n_punted       (counts[8*32 +: 32]),
        .window_index   (window_index),
        .window_we      (window_we),
        .window_re      (window_re),
        .window_moves   (window_moves),
        .window_ack     (window_ack),
        .window_rdata   (window_rdata)
    );

    // Sets in use, less one: n_fdb / 4 - 1, n_fdb rounded down to a power of two.
    reg [LOG2-1:0] mask;
    wire           fdb_on = n_fdb >= 32'd64;
    integer        k;

    always @* begin
        mask = {LOG2{1'b0}};
        for (k = 0; k < LOG2; k = k + 1)
            mask[k] = n_fdb >= 32'd8 << k;
    end

    wire [LOG2-1:0] sweep_set = sweep[LOG2-1:0] & mask;     // the next to sweep

    // --- key ----------------------------------------------------------------
    wire        hold_ready;
    wire        beat = s_axis_tvalid && s_axis_tready;
    wire        key_valid, has_eth, key_idle;
    wire [47:0] dst, src;
    wire        has_tag;
    wire [3:0]  pcp;
    wire [11:0] vid;
    reg         pause_q;                // clock after a short packet, wide streams only
    reg  [1:0]  beats_q;                // of the packet that is coming in, at most HEAD
    reg  [47:0] user_in_q;              // tuser of the packet the key is of

    assign s_axis_tready = hold_ready && !(W > 64 && pause_q);

    net_eth #(.W (W)) key (
        .clk         (clk),
        .rst         (rst),
        .beat        (beat),
        .tdata       (s_axis_tdata),
        .tkeep       (s_axis_tkeep),
        .tlast       (s_axis_tlast),
        .error       (s_axis_tuser[33]),
        .key_valid_q (key_valid),
        .has_eth_q   (has_eth),
        .dst_q       (dst),
        .src_q       (src),
        .tag_q       (has_tag),
        .pcp_q       (pcp),
        .vid_q       (vid),
        .idle        (key_idle)
    );

    wire        is_done  = user_in_q[32] || user_in_q[34];
    wire        is_port  = user_in_q[7:4] == 4'd0;
    wire        is_bare  = vid == 12'd0;        // it does not say its VLAN
    wire        is_group = dst[47:4] == 44'h0180c200000;    // reserved: 802.1Q-2018, 8.6.3
    wire        is_taken = !refuse[{!is_bare, user_in_q[3:0]}];
    wire        has_look = has_eth && is_port && !is_group && is_taken && !is_done;
    wire [11:0] pvid     = pvids[user_in_q[3:0]*16 +: 12];

    // --- stage 0: read ------------------------------------------------------
    reg         s0_valid_q, s0_look_q;
    reg  [15:0] s0_why_q;               // mark of a packet that is not looked up
    reg  [11:0] s0_vlan_q;
    reg  [5:0]  s0_tag_q;               // {bare, no tag, PCP and DEI if bare}
    reg  [47:0] s0_dst_q, s0_src_q;
    reg  [47:0] s0_user_q;

    always @(posedge clk) begin
        pause_q <= beat && s_axis_tlast && beats_q != HEAD[1:0];
        if (beat) begin
            user_in_q <= s_axis_tuser;
            if (beats_q != HEAD[1:0])
                beats_q <= beats_q + 2'd1;
            if (s_axis_tlast)
                beats_q <= 2'd0;
        end
        if (key_valid) begin
            s0_user_q <= user_in_q;
            s0_why_q  <= is_done ? 16'd0 : !has_eth ? WHY_SHORT : !is_port ? WHY_PORT
                       : is_group ? WHY_PUNT : WHY_FRAME;
        end
        if (key_valid && has_look) begin
            s0_vlan_q <= is_bare ? pvid : vid;
            s0_tag_q  <= {is_bare, !has_tag, pcp & {4{is_bare}}};
            s0_dst_q  <= dst;
            s0_src_q  <= src;
        end
        s0_valid_q <= key_valid && !rst;
        s0_look_q  <= key_valid && has_look && !rst;
        if (rst) begin
            pause_q <= 1'b0;
            beats_q <= 2'd0;
        end
    end

    // Set of {VLAN, MAC}: its six parts of ten bits.
    function [LOG2-1:0] fold(input [59:0] key60);
        reg [9:0] all;
        begin
            all  = key60[9:0]   ^ key60[19:10] ^ key60[29:20]
                 ^ key60[39:30] ^ key60[49:40] ^ key60[59:50];
            fold = all[LOG2-1:0];
        end
    endfunction

    // A set's number in 10 bits, whatever LOG2 is.
    function [9:0] set10(input [LOG2-1:0] set);
        begin
            set10           = 10'd0;
            set10[LOG2-1:0] = set;
        end
    endfunction

    wire [LOG2-1:0] s0_dst_set = fold({s0_vlan_q, s0_dst_q}) & mask;
    wire [LOG2-1:0] s0_src_set = fold({s0_vlan_q, s0_src_q}) & mask;

    // --- stage 1: compare -----------------------------------------------------
    reg             s1_valid_q;
    reg  [15:0]     s1_why_q;
    reg  [59:0]     s1_dst_q, s1_src_q;     // {VLAN, MAC}
    reg  [LOG2-1:0] s1_dst_set_q, s1_src_set_q;
    reg             s1_listed_q;            // the VLAN has an entry
    reg  [5:0]      s1_tag_q;
    reg  [47:0]     s1_user_q;

    always @(posedge clk) begin
        if (s0_valid_q) begin
            s1_user_q <= s0_user_q;
            s1_why_q  <= s0_why_q;
        end
        if (s0_look_q) begin
            s1_dst_q     <= {s0_vlan_q, s0_dst_q};
            s1_src_q     <= {s0_vlan_q, s0_src_q};
            s1_dst_set_q <= s0_dst_set;
            s1_src_set_q <= s0_src_set;
            s1_listed_q  <= {20'd0, s0_vlan_q} < n_vlans;
            s1_tag_q     <= s0_tag_q;
        end
        s1_valid_q <= s0_valid_q && !rst;
        s1_look_q  <= s0_look_q && !rst;
    end

    wire [15:0] vlan_ports;
    wire [15:0] outside = s1_listed_q ? vlan_ports : 16'd0;
    wire [3:0]  in_port = s1_user_q[3:0];
    wire        ingress = !outside[in_port] || unfiltered[{1'b0, in_port}];
    wire [15:0] closed  = states[15:0];         // ports that do not forward

    wire [3:0]  dst_hit, src_same, src_fresh;   // of each way
    wire [15:0] dst_ports, src_ports;           // way k at [k*4 +: 4]

    // The first of the ways in 'ways', one bit.
    function [3:0] first(input [3:0] ways);
        first = ways & (~ways + 4'd1);
    endfunction

    // What stands in 'ports' at the way 'way', one bit.
    function [3:0] port_of(input [3:0] way, input [15:0] ports);
        port_of = ({4{way[0]}} & ports[3:0])  | ({4{way[1]}} & ports[7:4])
                | ({4{way[2]}} & ports[11:8]) | ({4{way[3]}} & ports[15:12]);
    endfunction

    wire        known    = fdb_on && !s1_dst_q[40] && dst_hit != 4'd0;
    wire [3:0]  port     = port_of(first(dst_hit), dst_ports);
    wire [15:0] others   = ~outside & ~closed & ~(16'd1 << in_port);

    wire        teaches  = s1_look_q && ingress && outside != 16'hffff && !states[{1'b1, in_port}]
                        && !s1_src_q[40] && s1_src_q[47:0] != 48'd0;
    wire        is_here  = src_same != 4'd0;
    wire [3:0]  place    = first(is_here ? src_same : ~src_fresh);
    wire        learns   = teaches && fdb_on && place != 4'd0;
    wire        was_here = (place & src_fresh) != 4'd0;

    assign add_learned = learns && !was_here;
    assign add_moved   = learns && was_here && port_of(place, src_ports) != in_port;
    assign add_full    = teaches && !learns;

    // --- verdict --------------------------------------------------------------
    reg  [15:0] why;                    // 0: not kept here
    reg  [47:0] user_d;

    always @* begin
        why = s1_why_q;
        if (s1_look_q) begin
            why = 16'd0;
            if (!ingress)
                why = WHY_INGRESS;
            else if (closed[in_port])
                why = WHY_STATE;
            else if (known && port == in_port)
                why = WHY_FILTERED;
            else if (known && outside[port])
                why = WHY_EGRESS;
            else if (known && closed[port])
                why = WHY_STATE;
            else if (!known && others == 16'd0)
                why = WHY_EMPTY;
        end
        user_d = s1_user_q;
        if (s1_look_q || why != 16'd0) begin
            user_d[36] = 1'b0;
            if (why == WHY_PUNT) begin
                user_d[34]    = 1'b1;
                user_d[31:16] = why;
                user_d[15:8]  = CONTROL;
            end else if (why != 16'd0) begin
                user_d[32]    = 1'b1;
                user_d[31:16] = why;
            end else if (known) begin
                user_d[31:16] = 16'd0;
                user_d[15:8]  = {4'd0, port};
            end else begin
                user_d[36]    = 1'b1;
                user_d[31:16] = others;
            end
        end
    end

    wire        leaves = s1_look_q && why == 16'd0;
    wire        tags   = leaves && tag[0] && s1_tag_q[5];
    wire [17:0] tag_d  = {tags, tags && s1_tag_q[4], s1_tag_q[3:0], s1_dst_q[59:48]};

    assign add_unicast  = leaves && known;
    assign add_flooded  = leaves && !known;
    assign add_filtered = s1_valid_q && why == WHY_FILTERED;
    assign add_dropped  = s1_valid_q && why != 16'd0 && why != WHY_FILTERED && why != WHY_PUNT;
    assign add_punted   = s1_valid_q && why == WHY_PUNT;

    // --- stages 2 and 3: sweep, then write --------------------------------------
    reg             s2_valid_q, s2_look_q, s3_valid_q;
    reg  [65:0]     s2_user_q;          // what to do with the tag, tuser
    reg  [LOG2-1:0] s2_sweep_q;         // set that is swept
    reg  [3:0]      s2_learn_q;         // way to write
    reg  [3:0]      s3_learn_q, s4_learn_q;
    reg  [LOG2-1:0] s3_set_q;
    reg  [59:0]     s3_key_q;
    reg  [3:0]      s3_port_q;
    reg  [3:0]      s2_port_q;
    reg  [3:0]      s3_aged_q;
    reg  [LOG2-1:0] s3_sweep_q;

    always @(posedge clk) begin
        if (s1_valid_q)
            s2_user_q <= {tag_d, user_d};
        if (s1_look_q) begin
            s2_sweep_q <= sweep_set;
            s2_port_q  <= in_port;
        end
        if (s2_look_q) begin
            s3_set_q   <= s1_src_set_q; // stage 1 waits for the next to look up
            s3_key_q   <= s1_src_q;
            s3_port_q  <= s2_port_q;
            s3_sweep_q <= s2_sweep_q;
        end
        s2_valid_q <= s1_valid_q && !rst;
        s2_look_q  <= s1_look_q && !rst;
        s3_valid_q <= s2_valid_q && !rst;
        s2_learn_q <= learns && !rst ? place : 4'd0;
        s3_learn_q <= rst ? 4'd0 : s2_learn_q;
        s4_learn_q <= rst ? 4'd0 : s3_learn_q;
        s3_aged_q  <= rst ? 4'd0 : aged;
    end

    // --- taps -------------------------------------------------------------------
    // What is learned and aged is digested as it is written, with the place, so that
    // a wrong entry is known before a packet finds it.
    wire [31:0] wrote = s3_key_q[31:0] ^ {s3_key_q[59:32], s3_port_q} ^ ({22'd0, set10(s3_set_q)} << 22);

    // So is what is looked up or written without a packet, which only a fault does.
    wire writes = s3_learn_q != 4'd0 || s3_aged_q != 4'd0;

    assign tap_valid = {s3_valid_q || writes, s1_valid_q || s1_look_q, s0_valid_q || s0_look_q};
    assign tap_data[31:0]  = !s0_look_q ? {16'd0, s0_why_q}
                           : s0_dst_q[31:0] ^ {s0_dst_q[47:32], 16'd0}
                           ^ {s0_src_q[18:0], s0_src_q[31:19]} ^ {16'd0, s0_src_q[47:32]}
                           ^ {s0_vlan_q, 20'd0} ^ {26'd0, s0_tag_q};
    assign tap_data[63:32] = !s1_look_q ? {16'd0, s1_why_q}
                           : {1'b1, known, ingress, 3'd0, s1_tag_q, port & {4{known}}, outside};
    assign tap_data[95:64] = {s3_learn_q, s3_aged_q, 24'd0}
                           ^ (wrote & {32{s3_learn_q != 4'd0}})
                           ^ ({22'd0, set10(s3_sweep_q)} & {32{s3_aged_q != 4'd0}});

    // --- window -----------------------------------------------------------------
    // A word is at hand one clock after its index, unless a lookup comes between.
    // Writes to a station read its entry first; nothing is inside then.
    reg             word_valid_q;
    reg             word_we_q;
    reg  [LOG2+1:0] word_entry_q;
    reg  [1:0]      word_part_q;        // word of the entry
    reg  [31:0]     word_wdata_q;
    reg             word_fdb_q, word_vlan_q;
    reg             word_both_q;        // both copies were read

    wire        is_fdb    = window_index[31:28] == 4'd0 && window_index[19:0] < N_FDB * 3;
    wire        is_vlan   = window_index[31:28] == 4'd1 && window_index[19:0] < N_VLAN;
    wire        window_go = (window_re || window_we) && !s0_look_q;

    // A third of the index: 43691 / 2^17 of it.
    wire [29:0] x1     = {16'd0, window_index[13:0]};
    wire [29:0] x5     = x1 + (x1 << 2);
    wire [29:0] x85    = x5 + (x5 << 4);
    wire [29:0] x21845 = x85 + (x85 << 8);
    wire [29:0] x43691 = x1 + (x21845 << 1);
    wire [11:0] third  = x43691[28:17];
    wire [1:0]  part   = window_index[1:0] - third[1:0] - {third[0], 1'b0};

    wire [LOG2-1:0]  word_set = third[LOG2+1:2];
    wire [127:0]     word_rdata;        // way k at [k*32 +: 32]
    wire [3:0]       word_way = 4'd1 << word_entry_q[1:0];

    always @(posedge clk) begin
        word_valid_q <= window_go && !window_moves && !rst;
        word_we_q    <= window_we && is_fdb && !rst;
        if (window_go) begin
            word_entry_q <= third[LOG2+1:0];
            word_part_q  <= part;
            word_fdb_q   <= is_fdb;
            word_vlan_q  <= is_vlan;
            word_both_q  <= !s1_look_q;
        end
        if (window_we)
            word_wdata_q <= csr_wdata;
    end

    assign window_ack   = word_valid_q;
    assign window_rdata = word_fdb_q  ? word_rdata[word_entry_q[1:0]*32 +: 32]
                        : word_vlan_q ? {16'd0, vlan_ports} : 32'd0;

    // --- tables -----------------------------------------------------------------
    // At 32 bits packets that are looked up are four clocks apart: none is late.
    wire [3:0] late_way  = W > 32 ? s3_learn_q | s4_learn_q : 4'd0;
    wire [3:0] late_aged = W > 32 ? s3_aged_q : 4'd0;
    wire [3:0] late_old  = W > 32 ? s4_learn_q : 4'd0;
    wire dst_late  = s3_set_q == s1_dst_set_q;
    wire src_late  = s3_set_q == s1_src_set_q;
    wire src_swept = s3_sweep_q == s1_src_set_q;
    wire own_spare = s1_src_set_q == s2_sweep_q;
    wire old_spare = s3_set_q == s2_sweep_q;

    genvar g;
    generate
        for (g = 0; g < 4; g = g + 1) begin : way
            bridge_way #(.LOG2 (LOG2)) stations (
                .clk         (clk),
                .tick        (tick[15:0]),
                .max_age     (max_age[15:0]),
                .epochs      (epochs),
                .a_re        (s0_look_q || s1_look_q || window_go),
                .a_set       (s0_look_q ? s0_dst_set : s1_look_q ? sweep_set : word_set),
                .b_re        (s0_look_q || window_go),
                .b_set       (s0_look_q ? s0_src_set : word_set),
                .dst_key     (s1_dst_q),
                .src_key     (s1_src_q),
                .dst_late    (dst_late && late_way[g]),
                .src_late    (src_late && late_way[g]),
                .src_swept   (src_swept && late_aged[g]),
                .late_key    (s3_key_q),
                .late_port   (s3_port_q),
                .dst_hit     (dst_hit[g]),
                .dst_port    (dst_ports[g*4 +: 4]),
                .src_same    (src_same[g]),
                .src_fresh   (src_fresh[g]),
                .src_port    (src_ports[g*4 +: 4]),
                .sweep       (s2_look_q && fdb_on),
                .sweep_spare ((own_spare && s2_learn_q[g]) || (old_spare && late_old[g])),
                .sweep_set   (s2_sweep_q),
                .aged        (aged[g]),
                .learn       (s3_learn_q[g]),
                .learn_set   (s3_set_q),
                .host_we     (word_we_q && word_way[g]),
                .host_set    (word_entry_q[LOG2+1:2]),
                .host_word   (word_part_q),
                .host_both   (word_both_q),
                .host_wdata  (word_wdata_q),
                .host_rdata  (word_rdata[g*32 +: 32])
            );
        end
    endgenerate

    net_ram #(.W (16), .LOG2 (LOG2V)) vlans (
        .clk     (clk),
        .we      (window_we && is_vlan),
        .waddr   (window_index[LOG2V-1:0]),
        .wdata   (csr_wdata[15:0]),
        .re      (s0_look_q || window_go),
        .raddr   (s0_look_q ? s0_vlan_q[LOG2V-1:0] : window_index[LOG2V-1:0]),
        .rdata_q (vlan_ports)
    );

    // --- packets wait for their verdicts, then get their tags ------------------------
    wire [W-1:0]   hold_tdata;
    wire [W/8-1:0] hold_tkeep;
    wire [47:0]    hold_user;           // not kept: the verdict has the whole tuser
    wire [65:0]    hold_verdict;
    wire           hold_tlast, hold_tvalid, hold_tready, hold_empty, tag_empty;

    assign idle = key_idle && !s0_valid_q && !s1_valid_q && !s2_valid_q
               && !s3_valid_q && !word_we_q && hold_empty && tag_empty;

    net_hold #(.W (W), .LOG2 (HOLD), .V (66)) hold (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (48'd0),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid && s_axis_tready),
        .s_axis_tready (hold_ready),
        .verdict_valid (s2_valid_q),
        .verdict       (s2_user_q),
        .m_axis_tdata  (hold_tdata),
        .m_axis_tkeep  (hold_tkeep),
        .m_axis_tuser  (hold_user),
        .m_verdict     (hold_verdict),
        .m_axis_tlast  (hold_tlast),
        .m_axis_tvalid (hold_tvalid),
        .m_axis_tready (hold_tready),
        .empty         (hold_empty)
    );

    bridge_tag #(.W (W)) tags_out (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (hold_tdata),
        .s_axis_tkeep  (hold_tkeep),
        .s_axis_tuser  (hold_verdict[47:0]),
        .s_axis_tlast  (hold_tlast),
        .s_axis_tvalid (hold_tvalid),
        .s_axis_tready (hold_tready),
        .s_set         (hold_verdict[65]),
        .s_push        (hold_verdict[64]),
        .s_tci         (hold_verdict[63:48]),
        .m_axis_tdata  (m_axis_tdata),
        .m_axis_tkeep  (m_axis_tkeep),
        .m_axis_tuser  (m_axis_tuser),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .empty         (tag_empty)
    );

    wire unused = &{1'b0, counts, hold_user, tick[31:16], max_age[31:16], sweep[31:LOG2], window_index[27:20],
                    unfiltered[31:16], tag[31:1],
                    x43691[29], x43691[16:0]};
endmodule
`default_nettype wire
