// balancer.v - load balancer with Maglev hashing and connections (RTL body).  C
// body: balancer.c.  1 beat/clk; on streams wider than 64 bits packets that are looked
// up come five clocks apart.  A packet leaves when its verdict is known, at most 96
// bytes + 10 clocks after it came.
//
//   s_axis -+-> net_hold ----------------------------------------+-> net_edit -> m_axis
//           |                                                    |
//           +-> net_key4 -> 0 -> 1 -> 2 -> 3 -> 4 -> 5 -> verdict +
//                                                         6: sweep
//
//   clock  0  which service the key is for
//          1  its hash
//          2  reads the set of its connection, its place of LOOKUP, health
//          3  compares the ways
//          4  chooses the backend, writes the connection, reads the address
//          5  verdict; reads the set that is swept
//          6  writes what is too old as free
//
// Keys that are looked up are five clocks apart: up to 64 bits as an IPv4 header with
// ports fills five beats, else as they wait for it.  So clock 2 of a packet comes behind
// clock 6 of the one before, memories need one port to read, and what is known of a
// packet in clock 1 stands up to clock 5.
`default_nettype none
module balancer #(
    parameter W         = 64,           // stream width in bits: 32, 64, 128, 256
    parameter N_SERVICE = 16,           // services: a power of two, 2..16
    parameter N_CONN    = 4096          // connections: a power of two, 64..4096
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
    // taps: key, service, connection, backend
    output wire [3:0]     tap_valid,
    output wire [127:0]   tap_data
);
    localparam HOLD  = W == 32 ? 6 : 5; // log2 of the beats that wait
    localparam LOG2  = $clog2(N_CONN) - 2;  // of the sets, four ways each
    localparam LOG2S = $clog2(N_SERVICE);

    localparam [7:0] TCP = 8'd6, UDP = 8'd17;

    // What became of a packet: enum balancer_fate of balancer_text.h.
    localparam [2:0] OTHER      = 3'd0, KNOWN    = 3'd1, NEW = 3'd2, HASHED = 3'd3,
                     NO_BACKEND = 3'd4, FRAGMENT = 3'd5, CUT = 3'd6, DONE   = 3'd7;

    // --- registers ----------------------------------------------------------
    wire [31:0]  n_services, n_conns, tick, max_age, mac_low, mac_high, sweep;
    wire [31:0]  window_index, window_rdata;
    wire         window_we, window_re, window_moves, window_ack;
    reg          s5_valid_q, s5_look_q, s5_full_q, s5_ended_q;
    reg  [2:0]   s5_fate_q;
    wire [3:0]   aged;                  // ways swept out
    wire [7:0]   fate_add;              // a bit for the fate of the packet in clock 5

    wire [319:0] counts;                // for the host only
    balancer_csr csr (
        .clk              (clk),
        .rst              (rst),
        .csr_we           (csr_we),
        .csr_re           (csr_re),
        .csr_ack          (csr_ack),
        .csr_addr         (csr_addr),
        .csr_wdata        (csr_wdata),
        .csr_rdata        (csr_rdata),
        .n_services       (n_services),
        .n_conns          (n_conns),
        .tick             (tick),
        .max_age          (max_age),
        .mac_low          (mac_low),
        .mac_high         (mac_high),
        .sweep_add        ({7'd0, s5_look_q}),
        .sweep            (sweep),
        .n_other_add      ({7'd0, fate_add[OTHER]}),
        .n_other          (counts[0*32 +: 32]),
        .n_known_add      ({7'd0, fate_add[KNOWN]}),
        .n_known          (counts[1*32 +: 32]),
        .n_new_add        ({7'd0, fate_add[NEW]}),
        .n_new            (counts[2*32 +: 32]),
        .n_hashed_add     ({7'd0, fate_add[HASHED]}),
        .n_hashed         (counts[3*32 +: 32]),
        .n_no_backend_add ({7'd0, fate_add[NO_BACKEND]}),
        .n_no_backend     (counts[4*32 +: 32]),
        .n_fragment_add   ({7'd0, fate_add[FRAGMENT]}),
        .n_fragment       (counts[5*32 +: 32]),
        .n_cut_add        ({7'd0, fate_add[CUT]}),
        .n_cut            (counts[6*32 +: 32]),
        .n_full_add       ({7'd0, s5_full_q}),
        .n_full           (counts[7*32 +: 32]),
        .n_ended_add      ({7'd0, s5_ended_q}),
        .n_ended          (counts[8*32 +: 32]),
        .n_aged_add       ({7'd0, aged[0]} + {7'd0, aged[1]} + {7'd0, aged[2]} + {7'd0, aged[3]}),
        .n_aged           (counts[9*32 +: 32]),
        .window_index     (window_index),
        .window_we        (window_we),
        .window_re        (window_re),
        .window_moves     (window_moves),
        .window_ack       (window_ack),
        .window_rdata     (window_rdata)
    );

    // What the window shows: words 0 to 63 of a service, its places, or connections.
    wire is_service = window_index[31:28] == 4'd0 && window_index[19:0] < N_SERVICE * 512;
    wire is_pair    = is_service && window_index[8:6] == 3'd0;
    wire is_lookup  = is_service && window_index[8:6] != 3'd0;
    wire is_conn    = window_index[31:28] == 4'd1 && window_index[19:0] < N_CONN * 2;
    wire [LOG2S-1:0] window_service = window_index[9 +: LOG2S];

    // Sets in use, less one: n_conns / 4 - 1, n_conns rounded down to a power of two.
    reg [LOG2-1:0] mask;
    wire           conn_on = n_conns >= 32'd64;
    integer        k;

    always @* begin
        mask = {LOG2{1'b0}};
        for (k = 0; k < LOG2; k = k + 1)
            mask[k] = n_conns >= 32'd8 << k;
    end

    // --- key ----------------------------------------------------------------
    wire        hold_ready;
    wire        beat = s_axis_tvalid && s_axis_tready;
    wire        key_valid, has_ip, has_flags, fragment, key_idle;
    wire [31:0] src, dst, key_tap;
    wire [15:0] sport, dport;
    wire [7:0]  proto, flags;
    wire [5:0]  dscp;
    reg         waits_q;                // a key has come and was not taken
    wire        full;                   // ... nor is it now, wide streams only
    wire        key_there = key_valid || (W > 64 && waits_q);
    wire        key_take  = key_there && !(W > 64 && full);
    reg         done_q;                 // the packet of the last beat is dropped or punted

    // A key stands while no beat comes.
    assign s_axis_tready = hold_ready && !(W > 64 && key_there && full);

    net_key4 #(.W (W)) key4 (
        .clk         (clk),
        .rst         (rst),
        .beat        (beat),
        .tdata       (s_axis_tdata),
        .tkeep       (s_axis_tkeep),
        .tlast       (s_axis_tlast),
        .error       (s_axis_tuser[33]),
        .key_valid_q (key_valid),
        .has_ip_q    (has_ip),
        .has_flags_q (has_flags),
        .fragment_q  (fragment),
        .src_q       (src),
        .dst_q       (dst),
        .sport_q     (sport),
        .dport_q     (dport),
        .proto_q     (proto),
        .flags_q     (flags),
        .dscp_q      (dscp),
        .tap         (key_tap),
        .idle        (key_idle)
    );

    always @(posedge clk) begin
        waits_q <= key_there && !key_take && !rst;
        if (beat)
            done_q <= s_axis_tuser[32] || s_axis_tuser[34];
    end

    // --- clock 0: the service -------------------------------------------------
    wire is_tcp = proto == TCP;
    wire is_l4  = has_ip && (is_tcp || proto == UDP);
    wire [N_SERVICE-1:0] near;          // its address and protocol
    wire [N_SERVICE-1:0] hit;           // and its port

    genvar g;
    generate
        for (g = 0; g < N_SERVICE; g = g + 1) begin : services
            reg  [31:0] addr_q;         // words 0 and 1
            reg  [17:0] port_q;         // {in use, TCP, port}
            wire told = window_we && is_pair && window_service == g[LOG2S-1:0];

            always @(posedge clk) begin
                if (told && window_index[5:0] == 6'd0)
                    addr_q <= csr_wdata;
                if (told && window_index[5:0] == 6'd1)
                    port_q <= {csr_wdata[31], csr_wdata[16:0]};
            end

            assign near[g] = is_l4 && n_services > g && port_q[17] && port_q[16] == is_tcp
                             && addr_q == dst;
            assign hit[g]  = near[g] && port_q[15:0] == dport;
        end
    endgenerate

    integer   s;
    reg [3:0] service;                  // the first that is hit

    always @* begin
        service = 4'd0;
        for (s = N_SERVICE - 1; s >= 0; s = s - 1)
            if (hit[s])
                service = s[3:0];
    end

    wire is_part = near != {N_SERVICE{1'b0}} && fragment;
    wire is_hit  = hit != {N_SERVICE{1'b0}};
    wire looks   = is_hit && !fragment && (!is_tcp || has_flags) && !done_q;
    wire look    = key_take && looks;
    wire syn     = is_tcp && {flags[4], flags[2:1]} == 3'b001;

    // --- clock 1: the hash ------------------------------------------------------
    reg         s1_valid_q, s1_look_q;
    reg  [2:0]  s1_fate_q;              // of a packet that is not looked up
    reg  [3:0]  s1_service_q;
    reg  [31:0] s1_src_q;
    reg  [15:0] s1_sport_q;
    reg         s1_start_q;             // begins a connection, unless there is one
    reg         s1_syn_q, s1_rst_q;
    wire [31:0] hash;

    always @(posedge clk) begin
        s1_valid_q <= key_take && !rst;
        s1_look_q  <= look && !rst;
        if (key_take)
            s1_fate_q <= done_q ? DONE : is_part ? FRAGMENT : is_hit ? CUT : OTHER;
        if (look) begin
            s1_service_q <= service;
            s1_src_q     <= src;
            s1_sport_q   <= sport;
            s1_start_q   <= syn || !is_tcp;
            s1_syn_q     <= syn;
            s1_rst_q     <= is_tcp && flags[2];
        end
    end

    balancer_hash of_key (
        .src     (s1_src_q),
        .sport   (s1_sport_q),
        .service (s1_service_q),
        .hash    (hash)
    );

    // --- clock 2: reads ---------------------------------------------------------
    reg         s2_valid_q, s2_look_q;
    reg  [2:0]  s2_fate_q;
    reg  [31:0] s2_hash_q;

    // 887 of 65536 parts: which place, 0 to 886.
    wire [25:0] x887  = ({10'd0, s2_hash_q[31:16]} << 10) - ({10'd0, s2_hash_q[31:16]} << 7)
                      - ({10'd0, s2_hash_q[31:16]} << 3) - {10'd0, s2_hash_q[31:16]};
    wire [9:0]  place = x887[25:16];
    wire [LOG2-1:0] set = (s2_hash_q[LOG2-1:0] ^ s2_hash_q[8 +: LOG2]) & mask;

    // --- clock 3: compare -------------------------------------------------------
    reg         s3_valid_q, s3_look_q;
    reg  [2:0]  s3_fate_q;
    wire [255:0] entries;               // way k at [k*64 +: 64]
    wire [3:0]  same, fresh, old;       // of each way
    wire [63:0] pair;                   // two words of SERVICE, the even one lower
    wire [19:0] places;                 // a word of LOOKUP

    // The first of the ways in 'ways', one bit.
    function [3:0] first_of(input [3:0] ways);
        first_of = ways & (~ways + 4'd1);
    endfunction

    wire [3:0] own   = conn_on ? first_of(same) : 4'd0;
    wire [3:0] spare = conn_on ? first_of(~fresh) : 4'd0;
    wire [4:0] had   = ({5{own[0]}} & entries[0*64+36 +: 5]) | ({5{own[1]}} & entries[1*64+36 +: 5])
                     | ({5{own[2]}} & entries[2*64+36 +: 5]) | ({5{own[3]}} & entries[3*64+36 +: 5]);

    // --- clock 4: choose --------------------------------------------------------
    reg         s4_valid_q, s4_look_q;
    reg  [2:0]  s4_fate_q;
    reg  [3:0]  s4_own_q, s4_spare_q;   // ways
    reg         s4_fresh_q;
    reg  [4:0]  s4_had_q;               // backend of the connection
    reg  [29:0] s4_up_q, s4_spared_q;   // ... that may get packets; new connections
    reg  [4:0]  s4_first_q, s4_second_q;

    always @(posedge clk) begin
        s2_valid_q <= s1_valid_q && !rst;
        s2_look_q  <= s1_look_q && !rst;
        s3_valid_q <= s2_valid_q && !rst;
        s3_look_q  <= s2_look_q && !rst;
        s4_valid_q <= s3_valid_q && !rst;
        s4_look_q  <= s3_look_q && !rst;
        if (s1_valid_q)
            s2_fate_q <= s1_fate_q;
        if (s2_valid_q)
            s3_fate_q <= s2_fate_q;
        if (s3_valid_q)
            s4_fate_q <= s3_fate_q;
        if (s1_look_q)
            s2_hash_q <= hash;
        if (s3_look_q) begin
            s4_own_q    <= own;
            s4_spare_q  <= spare;
            s4_fresh_q  <= (own & fresh) != 4'd0;
            s4_had_q    <= had;
            s4_up_q     <= pair[29:0];
            s4_spared_q <= pair[29:0] & ~pair[61:32];
            s4_first_q  <= place[0] ? places[14:10] : places[4:0];
            s4_second_q <= place[0] ? places[19:15] : places[9:5];
        end
    end

    wire [31:0] fit    = {2'd0, s1_start_q ? s4_spared_q : s4_up_q};
    wire [31:0] for_it = {2'd0, s1_syn_q ? s4_spared_q : s4_up_q};
    wire        known  = s4_fresh_q && for_it[s4_had_q];
    wire        none   = !known && fit == 32'd0;

    // Behind 'second', by number, the next that fits.
    wire [4:0]  turn    = s4_second_q + 5'd1;
    wire [63:0] turned  = {fit, fit} >> turn;
    wire [31:0] nearest = turned[31:0] & (~turned[31:0] + 32'd1);
    wire [4:0]  steps   = {(nearest & 32'hffff0000) != 32'd0, (nearest & 32'hff00ff00) != 32'd0,
                           (nearest & 32'hf0f0f0f0) != 32'd0, (nearest & 32'hcccccccc) != 32'd0,
                           (nearest & 32'haaaaaaaa) != 32'd0};
    wire [4:0]  backend = known ? s4_had_q : none ? 5'd0
                        : fit[s4_first_q]  ? s4_first_q
                        : fit[s4_second_q] ? s4_second_q : steps + turn;

    wire [3:0]  room   = s4_own_q != 4'd0 ? s4_own_q : s4_spare_q;
    wire [3:0]  placed = known ? s4_own_q : s1_start_q && !none ? room : 4'd0;
    wire        keeps  = placed != 4'd0 && !s1_rst_q;
    wire [3:0]  wrote  = placed != 4'd0 ? placed : s4_own_q;
    wire [2:0]  fate   = !s4_look_q ? s4_fate_q : known ? KNOWN : none ? NO_BACKEND
                       : placed != 4'd0 ? NEW : HASHED;

    wire [63:0] conn = {64{keeps}}
                     & {s1_sport_q, 1'b1, tick[5:0], backend, s1_service_q, s1_src_q};

    // --- clocks 5 and 6: verdict, sweep -------------------------------------------
    reg  [4:0]      s5_backend_q;
    reg  [3:0]      s5_service_q;
    reg  [4:0]      s5_wrote_q;         // entry kept, way
    reg  [31:0]     s5_conn_q;          // what was written, folded
    reg  [13:0]     s5_found_q;         // what the table said
    reg             s6_look_q;
    reg  [13:0]     s6_found_q;
    reg  [LOG2-1:0] swept_q;            // set that is swept

    wire [LOG2-1:0] sweep_set = sweep[LOG2-1:0] & mask;

    assign fate_add = {7'd0, s5_valid_q} << s5_fate_q;

    always @(posedge clk) begin
        s5_valid_q <= s4_valid_q && !rst;
        s5_look_q  <= s4_look_q && !rst;
        s6_look_q  <= s5_look_q && !rst;
        s5_full_q  <= s4_look_q && s1_start_q && !known && !none && placed == 4'd0;
        s5_ended_q <= s4_look_q && wrote != 4'd0 && !keeps;
        if (s4_valid_q)
            s5_fate_q <= fate;
        if (s4_look_q) begin
            s5_backend_q <= backend;
            s5_service_q <= s1_service_q;
            s5_wrote_q   <= {keeps, wrote};
            s5_conn_q    <= conn[63:32] ^ conn[31:0];
            s5_found_q   <= {s4_fresh_q, s4_had_q, s4_own_q, s4_spare_q};
        end
        if (s5_look_q) begin
            s6_found_q <= s5_found_q;
            swept_q    <= sweep_set;
        end
    end

    assign aged = {4{s6_look_q && conn_on}} & old;

    // --- taps -------------------------------------------------------------------
    // So is what is looked up without a packet, which only a fault does.
    reg  s6_valid_q;
    wire sent = s5_look_q && s5_fate_q != NO_BACKEND;
    wire [31:0] swept = {aged, 28'd0} >> 12;

    // A set's number in 10 bits, whatever LOG2 is.
    reg  [9:0]  swept10;

    always @* begin
        swept10           = 10'd0;
        swept10[LOG2-1:0] = swept_q;
    end

    always @(posedge clk)
        s6_valid_q <= s5_valid_q && !rst;

    wire [2:0] s2_why = s2_fate_q == DONE ? OTHER : s2_fate_q;
    wire [2:0] s5_why = s5_fate_q == DONE ? OTHER : s5_fate_q;

    assign tap_valid = {s5_valid_q || s5_look_q, s6_valid_q || s6_look_q,
                        s2_valid_q || s2_look_q, key_take};
    assign tap_data[31:0]   = key_tap ^ {6'd0, has_ip && fragment, 25'd0};
    assign tap_data[63:32]  = !s2_look_q ? {29'd0, s2_why}
                            : s2_hash_q ^ {1'b1, s1_start_q, s1_syn_q, s1_rst_q, s1_service_q, 24'd0};
    assign tap_data[95:64]  = ({17'd0, s6_look_q, 14'd0} | ({18'd0, s6_found_q} & {32{s6_look_q}}))
                            ^ swept ^ ({swept10, 22'd0} & {32{aged != 4'd0}});
    assign tap_data[127:96] = ({pair[31:0] ^ pair[63:32]} & {32{sent}})
                            ^ ({s5_conn_q ^ {4'd0, s5_wrote_q, s5_backend_q, 18'd0}} & {32{s5_look_q}})
                            ^ {1'b0, s5_why, 28'd0};

    // --- window -----------------------------------------------------------------
    // A word is at hand one clock after its index, unless a lookup comes between.
    // Nothing is inside when the host writes.
    reg  word_valid_q;
    wire busy       = s2_look_q || s4_look_q || s5_look_q || s6_look_q;
    wire window_go  = window_re && !busy;
    wire [8:0]       window_place = window_index[8:0] - 9'd64;
    wire [LOG2-1:0]  window_set = window_index[3 +: LOG2];
    wire [1:0]       window_way = window_index[2:1];
    wire [63:0]      window_entry = entries[window_way*64 +: 64];

    always @(posedge clk) begin
        word_valid_q <= window_go && !window_moves && !rst;
    end

    assign window_ack   = word_valid_q;
    assign window_rdata = is_pair   ? pair[window_index[0]*32 +: 32]
                        : is_lookup ? {6'd0, places[19:10], 6'd0, places[9:0]}
                        : is_conn   ? window_entry[window_index[0]*32 +: 32] : 32'd0;

    // --- tables -----------------------------------------------------------------
    wire [1:0] word_bit = {window_index[0], !window_index[0]};

    generate
        for (g = 0; g < 4; g = g + 1) begin : way
            wire told = window_we && is_conn && window_way == g[1:0];
            balancer_way #(.LOG2 (LOG2)) one (
                .clk     (clk),
                .tick    (tick[5:0]),
                .max_age (max_age[5:0]),
                .re      (s2_look_q || s5_look_q || window_go),
                .rset    (s2_look_q ? set : s5_look_q ? sweep_set : window_set),
                .entry   (entries[g*64 +: 64]),
                .src     (s1_src_q),
                .sport   (s1_sport_q),
                .service (s1_service_q),
                .same    (same[g]),
                .fresh   (fresh[g]),
                .aged    (old[g]),
                .we      ({2{(s4_look_q && wrote[g]) || aged[g]}} | ({2{told}} & word_bit)),
                .wset    (s4_look_q ? set : s6_look_q ? swept_q : window_set),
                .wdata   (s4_look_q ? conn : s6_look_q ? 64'd0 : {csr_wdata, csr_wdata})
            );
        end
        for (g = 0; g < 2; g = g + 1) begin : pairs
            net_ram #(.W (32), .LOG2 (LOG2S + 5)) store (
                .clk     (clk),
                .we      (window_we && is_pair && window_index[0] == g[0]),
                .waddr   ({window_service, window_index[5:1]}),
                .wdata   (csr_wdata),
                .re      (s2_look_q || s4_look_q || window_go),
                .raddr   (s2_look_q ? {s1_service_q[LOG2S-1:0], 5'd1}
                          : s4_look_q ? {s1_service_q[LOG2S-1:0], backend + 5'd2}
                          : {window_service, window_index[5:1]}),
                .rdata_q (pair[g*32 +: 32])
            );
        end
    endgenerate

    net_ram #(.W (20), .LOG2 (LOG2S + 9)) lookup (
        .clk     (clk),
        .we      (window_we && is_lookup),
        .waddr   ({window_service, window_place}),
        .wdata   ({csr_wdata[25:16], csr_wdata[9:0]}),
        .re      (s2_look_q || window_go),
        .raddr   (s2_look_q ? {s1_service_q[LOG2S-1:0], place[9:1]}
                  : {window_service, window_place}),
        .rdata_q (places)
    );

    // --- packets wait for their verdicts ------------------------------------------
    wire [W-1:0] data;
    wire [47:0]  user;
    wire [67:0]  verdict;
    wire         hold_empty;

    net_hold #(.W (W), .LOG2 (HOLD), .V (68)) hold (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (beat),
        .s_axis_tready (hold_ready),
        .verdict_valid (s5_valid_q),
        .verdict       ({s5_fate_q, s5_service_q, s5_backend_q, pair[55:0]}),
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
    wire [2:0]  end_fate = verdict[67:65];
    wire        done     = user[32] || user[34];
    wire        goes     = !done && (end_fate == KNOWN || end_fate == NEW || end_fate == HASHED);
    wire        looked   = goes || end_fate == NO_BACKEND;
    wire [11:0] rest     = {verdict[64:61], 3'd0, verdict[60:56]} & {12{looked}};
    wire        own_mac  = {mac_high[15:0], mac_low} != 48'd0;
    wire [47:0] to_user  = {user[47:33], end_fate[2], 1'b0, end_fate, rest,
                            goes ? verdict[55:48] : user[15:8], user[7:0]};

    assign m_axis_tuser = done ? user : to_user;

    net_edit #(.W (W), .E (6), .A (5)) edit (
        .clk    (clk),
        .rst    (rst),
        .beat   (m_axis_tvalid && m_axis_tready),
        .tdata  (data),
        .tlast  (m_axis_tlast),
        .on     ({{3{goes && own_mac}}, {3{goes}}}),
        .at     ({5'd5, 5'd4, 5'd3, 5'd2, 5'd1, 5'd0}),
        .to     ({mac_low[15:0], mac_low[31:16], mac_high[15:0],
                  verdict[15:0], verdict[31:16], verdict[47:32]}),
        .edited (m_axis_tdata)
    );

    assign full = looks && (s1_look_q || s2_look_q || s3_look_q || s4_look_q);
    assign idle = key_idle && !(W > 64 && waits_q) && !s1_valid_q && !s2_valid_q && !s3_valid_q && !s4_valid_q
               && !s5_valid_q && !s6_look_q && hold_empty;

    wire unused = &{1'b0, dscp, counts, tick[31:6], max_age[31:6], mac_high[31:16], sweep[31:LOG2],
                    window_index[27:20], pair[63:56], x887[15:0], place[0], flags[7:5], flags[3], flags[0],
                    fate_add[7], turned[63:32]};
endmodule
`default_nettype wire
