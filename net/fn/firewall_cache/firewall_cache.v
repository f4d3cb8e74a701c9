// firewall_cache.v - open flows of firewall in a table (RTL body).
// C body: firewall_cache.c.  1 beat/clk; a packet leaves when its verdict is
// known, at most 96 bytes + 7 clocks after it came.
//
//   s_axis -+-> net_hold ---------------------------------------+-> tuser -> m_axis
//           |                                                   |
//           +-> net_key4 -> hash -> ENTRY, SEEN, a way a clock -> result_q, seen_q
//
//   clock      0           1             2             3
//   key_valid  _/~~~~~~~~~\_________________________________
//   key_q                  lower end first
//   reads      way 0       way 1
//   compares               way 0         way 1
//   empties                way 0         way 1
//   result_q                             way 0         either, with its lease
//
// The hash is the same from both ends, so that a key is looked up while its ends
// are put in order.  A key with an IPv4 header comes at most every second clock
// up to 256 bits; so what a packet empties, the next one finds empty.
`default_nettype none
module firewall_cache #(
    parameter W       = 64,             // stream width in bits: 32, 64, 128, 256
    parameter N_ENTRY = 256,            // entries, 256: see the hash
    parameter N_SEEN  = 256             // the same
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
    // taps: key, result
    output wire [1:0]     tap_valid,
    output wire [63:0]    tap_data
);
    localparam LOG2  = W == 32 ? 6 : 5; // the longest headers and 7 clk
    localparam ENTRY = $clog2(N_ENTRY); // bits of an entry's number
    localparam OPEN  = 3'd3;            // firewall's mark of open flows

    // --- registers ------------------------------------------------------------
    wire [31:0] tick;
    wire [31:0] lease;
    wire [31:0] n_entries;
    wire [31:0] window_index;
    wire        window_we, window_re, window_moves, window_ack;
    wire [31:0] window_rdata;
    reg         n_open_q, cache_misses_q;

    wire [63:0] counts;                  // for the host only
    firewall_cache_csr csr (
        .clk              (clk),
        .rst              (rst),
        .csr_we           (csr_we),
        .csr_re           (csr_re),
        .csr_ack          (csr_ack),
        .csr_addr         (csr_addr),
        .csr_wdata        (csr_wdata),
        .csr_rdata        (csr_rdata),
        .tick             (tick),
        .lease            (lease),
        .n_entries        (n_entries),
        .n_open_add       ({7'd0, n_open_q}),
        .n_open           (counts[31:0]),
        .cache_misses_add ({7'd0, cache_misses_q}),
        .cache_misses     (counts[63:32]),
        .window_index     (window_index),
        .window_we        (window_we),
        .window_re        (window_re),
        .window_moves     (window_moves),
        .window_ack       (window_ack),
        .window_rdata     (window_rdata)
    );

    // --- key ------------------------------------------------------------------
    wire        key_valid, has_ip, has_flags, fragment, key_idle;
    wire [31:0] src, dst, key_tap;
    wire [15:0] sport, dport;
    wire [7:0]  proto, flags;
    wire [5:0]  dscp;
    wire        beat = s_axis_tvalid && s_axis_tready;
    reg         done_q;                 // the packet of the last beat changes nothing

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

    // What is the same from both ends, folded by XOR to 32 bits, those to 7; see
    // firewall_cache_entry.c.
    function [6:0] hash(input [31:0] addrs, input [15:0] ports, input [7:0] protocol);
        reg [31:0] x;
        begin
            x = addrs ^ {5'd0, ports, 11'd0} ^ {24'd0, protocol};
            hash = x[6:0] ^ x[13:7] ^ x[20:14] ^ x[27:21] ^ {3'd0, x[31:28]};
        end
    endfunction

    wire look   = key_valid && has_ip;
    wire turned = {src, sport} > {dst, dport};
    // A packet that says nothing new to an open flow: whole, and of TCP with ACK
    // and none of RST, SYN and FIN.
    wire quiet  = !fragment && proto != 8'd1
                  && (proto != 8'd6 || {flags[4], flags[2:0]} == 4'b1000);

    reg [103:0] key_q;                  // protocol, ports, addresses, lower end first
    reg [6:0]   hash_q;
    reg         quiet_q;
    reg         empty_q;                // it empties entries with its key

    always @(posedge clk) begin
        if (beat)
            done_q <= s_axis_tuser[32] || s_axis_tuser[34];
        if (look) begin
            key_q   <= turned ? {proto, dport, sport, src, dst} : {proto, sport, dport, dst, src};
            hash_q  <= hash(src ^ dst, sport ^ dport, proto);
            quiet_q <= quiet;
            empty_q <= !quiet && !done_q;
        end
    end

    // --- tables ---------------------------------------------------------------
    reg  look_1_q, look_2_q;            // clocks since a key came
    reg  fetched_q;                     // the window's entry was read
    wire window_seen = window_index[31:28] == 4'd1;
    wire window_in   = window_seen ? window_index[27:ENTRY] == {(28-ENTRY){1'b0}}
                       : window_index[31:ENTRY+2] == {(30-ENTRY){1'b0}};
    wire window_read = window_re && !look && !look_1_q && !look_2_q;

    wire [ENTRY-1:0] window_entry = window_seen ? window_index[ENTRY-1:0]
                                                : window_index[ENTRY+1:2];
    wire [ENTRY-1:0] entry = look     ? {hash(src ^ dst, sport ^ dport, proto), 1'b0}
                             : look_1_q ? {hash_q, 1'b1} : window_entry;
    wire [159:0]     held;              // entry 'entry' of the clock before; SEEN
    wire             gone;              // that entry is to be empty

    // Nothing is inside when the host writes.
    genvar g;
    generate
        for (g = 0; g < 5; g = g + 1) begin : word
            wire told = window_we && window_in && window_seen == (g == 4)
                        && (g == 4 || window_index[1:0] == g[1:0]);
            net_ram #(.W (32), .LOG2 (ENTRY)) store (
                .clk     (clk),
                .we      (told || (g == 3 && gone)),
                .waddr   (g == 3 && gone ? {hash_q, look_2_q} : window_entry),
                .wdata   (g == 3 && gone ? 32'd0 : csr_wdata),
                .re      (look || look_1_q || window_read),
                .raddr   (entry),
                .rdata_q (held[g*32 +: 32])
            );
        end
    endgenerate

    assign window_ack   = fetched_q;
    assign window_rdata = !window_in  ? 32'd0
                          : window_seen ? held[159:128] : held[window_index[1:0]*32 +: 32];

    // --- lookup ---------------------------------------------------------------
    reg         in_use_q;               // the entry counts
    reg  [13:0] result_q;               // it is held, rule; 0: not there, no lookup
    reg  [31:0] seen_q;
    reg         gone_q;
    reg         valid_1_q, valid_2_q, valid_3_q;
    reg         ip_1_q, ip_2_q, ip_3_q;
    wire        same  = in_use_q && {held[127:120], held[95:0]} == key_q && held[111];
    wire        take  = same && quiet_q && (look_1_q || (look_2_q && !result_q[13]));
    wire        keep  = look_2_q && !take;
    wire        fresh = (tick ^ seen_q) >> lease[3:0] == 32'd0;
    wire        hit_d = result_q[13] && ip_3_q && fresh;

    assign gone = same && empty_q && (look_1_q || look_2_q);

    always @(posedge clk) begin
        fetched_q <= window_read && !window_moves;
        in_use_q  <= n_entries[31:ENTRY] != {(32-ENTRY){1'b0}}
                     || entry < n_entries[ENTRY-1:0];
        look_1_q  <= look;
        look_2_q  <= look_1_q;
        result_q  <= ({held[111], held[108:96]} & {14{take}}) | (result_q & {14{keep}});
        gone_q    <= gone || (gone_q && look_2_q);
        if (take)
            seen_q <= held[159:128];
        valid_1_q <= key_valid;
        valid_2_q <= valid_1_q;
        valid_3_q <= valid_2_q;
        ip_1_q    <= has_ip;
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

    assign tap_valid       = {valid_3_q, key_valid};
    assign tap_data[31:0]  = key_tap ^ {6'd0, has_ip && fragment, 25'd0};
    assign tap_data[63:32] = {14'd0, gone_q, ip_3_q, result_q[13], hit_d, 1'b0, result_q[12:0]};

    // --- packets wait for their verdicts ------------------------------------
    // One that is dropped or punted already passes as it is and counts nowhere.
    wire [47:0] user;
    wire        hit;
    wire [12:0] rule;
    wire        hold_empty;
    wire        done   = user[32] || user[34];
    wire        judged = m_axis_tvalid && m_axis_tready && m_axis_tlast && !done;

    // Counted a clock later, when the packet is still in the slot.
    always @(posedge clk) begin
        n_open_q       <= judged && hit;
        cache_misses_q <= judged && !hit;
    end

    assign idle = key_idle && !valid_1_q && !valid_2_q && !valid_3_q && hold_empty;

    assign m_axis_tuser = {user[47:35], user[34] || (!hit && !done), user[33:32],
                           hit && !done ? {OPEN, rule} : user[31:16], user[15:0]};

    net_hold #(.W (W), .LOG2 (LOG2), .V (14)) hold (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .verdict_valid (valid_3_q),
        .verdict       ({hit_d, result_q[12:0]}),
        .m_axis_tdata  (m_axis_tdata),
        .m_axis_tkeep  (m_axis_tkeep),
        .m_axis_tuser  (user),
        .m_verdict     ({hit, rule}),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .empty         (hold_empty)
    );

    wire unused = &{1'b0, dscp, has_flags, counts, lease[31:4], flags[7:5], flags[3], N_SEEN[0]};
endmodule
`default_nettype wire
