// acl_cache.v - exact results of acl for the 5-tuples in a table (RTL body).
// C body: acl_cache.c.  1 beat/clk; a packet leaves when its verdict is known,
// at most 96 bytes + 7 clocks after it came.
//
//   s_axis -+-> net_hold --------------------------------------+-> tuser -> m_axis
//           |                                                  |
//           +-> net_key4 -> hash -> ENTRY, one way a clock -> result_q
//
//   clock      0           1             2             3
//   key_valid  _/~~~~~~~~~\_________________________________
//   reads      way 0       way 1
//   compares               way 0         way 1
//   result_q                             way 0         either
//
// An IPv4 header has 34 bytes, so a key with one comes at most every second clock
// up to 256 bits: two clocks of one read port look at both ways.
`default_nettype none
module acl_cache #(
    parameter W       = 64,             // stream width in bits: 32, 64, 128, 256
    parameter N_ENTRY = 256             // entries, 256: see the hash
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

    // --- registers ------------------------------------------------------------
    wire [31:0] no_match;
    wire [31:0] no_flags;
    wire [31:0] n_entries;
    wire [31:0] window_index;
    wire        window_we, window_re, window_moves, window_ack;
    wire [31:0] window_rdata;
    reg         n_hits_q, n_drops_q, cache_hits_q, cache_misses_q;

    wire [127:0] counts;                 // for the host only
    acl_cache_csr csr (
        .clk              (clk),
        .rst              (rst),
        .csr_we           (csr_we),
        .csr_re           (csr_re),
        .csr_ack          (csr_ack),
        .csr_addr         (csr_addr),
        .csr_wdata        (csr_wdata),
        .csr_rdata        (csr_rdata),
        .no_match         (no_match),
        .no_flags         (no_flags),
        .n_entries        (n_entries),
        .n_hits_add       ({7'd0, n_hits_q}),
        .n_hits           (counts[0*32 +: 32]),
        .n_drops_add      ({7'd0, n_drops_q}),
        .n_drops          (counts[1*32 +: 32]),
        .cache_hits_add   ({7'd0, cache_hits_q}),
        .cache_hits       (counts[2*32 +: 32]),
        .cache_misses_add ({7'd0, cache_misses_q}),
        .cache_misses     (counts[3*32 +: 32]),
        .window_index     (window_index),
        .window_we        (window_we),
        .window_re        (window_re),
        .window_moves     (window_moves),
        .window_ack       (window_ack),
        .window_rdata     (window_rdata)
    );

    // --- key ------------------------------------------------------------------
    wire        key_valid, has_ip, has_flags, fragment, key_idle;
    wire [31:0] src, dst;
    wire [15:0] sport, dport;
    wire [7:0]  proto, flags;
    wire [5:0]  dscp;

    net_key4 #(.W (W)) key4 (
        .clk         (clk),
        .rst         (rst),
        .beat        (s_axis_tvalid && s_axis_tready),
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
        .tap         (tap_data[31:0]),
        .idle        (key_idle)
    );

    // The words of an entry without its result; flags are 0 when there are none, and
    // a protocol without ports stands in their place.
    wire [1:0]   kind     = proto == 8'd6 ? 2'd1 : proto == 8'd17 ? 2'd2
                          : proto == 8'd132 ? 2'd3 : 2'd0;
    wire [31:0]  ports    = kind == 2'd0 ? {24'd0, proto} : {sport, dport};
    wire         look     = key_valid && has_ip;
    wire         flagged  = has_flags && !no_flags[0];
    wire [112:0] key      = {kind, dscp, flagged ? flags : 8'd0, flagged, ports, dst, src};
    wire [112:0] key_held;              // the same for the two clocks after

    generate
        if (W <= 64) begin : stands
            assign key_held = key;      // net_key4 holds it
        end else begin : copied
            reg [112:0] key_q;
            assign key_held = key_q;
            always @(posedge clk)
                if (look)
                    key_q <= key;
        end
    endgenerate

    // The words folded by XOR to 32 bits, those to 7; see acl_cache.c.
    function [6:0] hash(input [112:0] k);
        reg [31:0] x;
        begin
            x = k[31:0] ^ {k[58:32], k[63:59]} ^ {k[84:64], k[95:85]}
              ^ {15'd0, k[112:96]};
            hash = x[6:0] ^ x[13:7] ^ x[20:14] ^ x[27:21] ^ {3'd0, x[31:28]};
        end
    endfunction

    // --- table ----------------------------------------------------------------
    reg  look_1_q, look_2_q;            // clocks since a key came
    reg  fetched_q;                     // the window's entry was read
    wire window_in   = window_index[31:ENTRY+2] == {(30-ENTRY){1'b0}};
    wire window_read = window_re && !look && !look_1_q;

    wire [ENTRY-1:0] entry = look || look_1_q ? {hash(look ? key : key_held), look_1_q}
                           : window_index[ENTRY+1:2];
    wire [127:0]     held;              // entry 'entry' of the clock before

    genvar g;
    generate
        for (g = 0; g < 4; g = g + 1) begin : word
            net_ram #(.W (32), .LOG2 (ENTRY)) store (
                .clk     (clk),
                .we      (window_we && window_in && window_index[1:0] == g[1:0]),
                .waddr   (window_index[ENTRY+1:2]),
                .wdata   (csr_wdata),
                .re      (look || look_1_q || window_read),
                .raddr   (entry),
                .rdata_q (held[g*32 +: 32])
            );
        end
    endgenerate

    assign window_ack   = fetched_q;
    assign window_rdata = window_in ? held[window_index[1:0]*32 +: 32] : 32'd0;

    // --- lookup ---------------------------------------------------------------
    reg         in_use_q;               // the entry counts
    reg  [14:0] result_q;               // action, rule; 0: not there, no lookup
    reg         valid_1_q, valid_2_q, valid_3_q;
    reg         ip_1_q, ip_2_q, ip_3_q;
    wire        same = in_use_q && {held[127:111], held[95:0]} == key_held;
    wire        take = same && (look_1_q || (look_2_q && result_q == 15'd0));
    wire        keep = look_2_q && !take;

    always @(posedge clk) begin
        fetched_q <= window_read && !window_moves;
        in_use_q  <= n_entries[31:ENTRY] != {(32-ENTRY){1'b0}}
                     || entry < n_entries[ENTRY-1:0];
        look_1_q  <= look;
        look_2_q  <= look_1_q;
        result_q  <= (held[110:96] & {15{take}}) | (result_q & {15{keep}});
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
    assign tap_data[63:32] = {16'd0, ip_3_q, result_q};

    // --- packets wait for their verdicts ------------------------------------
    // One that is dropped or punted already passes as it is and counts nowhere.
    wire [47:0] user;
    wire [14:0] result;
    wire        looked_up;
    wire        hold_empty;
    wire        done   = user[32] || user[34];
    wire        hit    = looked_up && result != 15'd0;
    wire        miss   = looked_up && result == 15'd0;
    wire [13:0] rule   = result[13:0];
    wire        drop   = !miss && (rule == 14'd0 ? no_match[0] : result[14]);
    wire        judged = m_axis_tvalid && m_axis_tready && m_axis_tlast && !done;

    // Counted a clock later, when the packet is still in the slot.
    always @(posedge clk) begin
        n_hits_q       <= judged && rule != 14'd0;
        n_drops_q      <= judged && drop;
        cache_hits_q   <= judged && hit;
        cache_misses_q <= judged && miss;
    end

    assign idle = key_idle && !valid_1_q && !valid_2_q && !valid_3_q && hold_empty;

    assign m_axis_tuser = {user[47:35], user[34] || (miss && !done), user[33],
                           user[32] || (drop && !done),
                           done || miss ? user[31:16] : {2'd0, rule}, user[15:0]};

    net_hold #(.W (W), .LOG2 (LOG2), .V (16)) hold (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .verdict_valid (valid_3_q),
        .verdict       ({ip_3_q, result_q}),
        .m_axis_tdata  (m_axis_tdata),
        .m_axis_tkeep  (m_axis_tkeep),
        .m_axis_tuser  (user),
        .m_verdict     ({looked_up, result}),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .empty         (hold_empty)
    );

    wire unused = &{1'b0, fragment, counts, no_match[31:1], no_flags[31:1]};
endmodule
`default_nettype wire
