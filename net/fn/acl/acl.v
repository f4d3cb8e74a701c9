// acl.v - first match of the IPv4 5-tuple against N_RULE rules (RTL body).
// C body: acl.c.  1 beat/clk; a packet leaves when its verdict is known, at most
// 96 bytes + 5 clocks after it came.
//
//   s_axis -+-> net_hold --------------------------------+-> m_axis
//           |                                            |
//           +-> net_key4 -> hit_q -> first -> verdict
`default_nettype none
module acl #(
    parameter W      = 64,              // stream width in bits: 32, 64
    parameter N_RULE = 16               // rules, 1..256
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
    // taps: key, match
    output wire [1:0]     tap_valid,
    output wire [63:0]    tap_data
);
    localparam LOG2 = W == 32 ? 6 : 5;  // the longest headers and 5 clk
    localparam RULE = 256;              // bits a rule: 8 words, acl.csr

    // --- registers and rules ------------------------------------------------
    wire [31:0] no_match;
    wire [31:0] no_flags;
    wire [31:0] n_rules;
    wire [31:0] window_index;
    wire        window_we, window_re, window_moves;
    wire [31:0] window_rdata;
    reg         n_hits_q, n_drops_q;

    wire [63:0] counts;                  // for the host only
    acl_csr csr (
        .clk          (clk),
        .rst          (rst),
        .csr_we       (csr_we),
        .csr_re       (csr_re),
        .csr_ack      (csr_ack),
        .csr_addr     (csr_addr),
        .csr_wdata    (csr_wdata),
        .csr_rdata    (csr_rdata),
        .no_match     (no_match),
        .no_flags     (no_flags),
        .n_rules      (n_rules),
        .n_hits_add   ({7'd0, n_hits_q}),
        .n_hits       (counts[0*32 +: 32]),
        .n_drops_add  ({7'd0, n_drops_q}),
        .n_drops      (counts[1*32 +: 32]),
        .window_index (window_index),
        .window_we    (window_we),
        .window_re    (window_re),
        .window_moves (window_moves),
        .window_ack   (1'b1),
        .window_rdata (window_rdata)
    );

    reg  [N_RULE*RULE-1:0] rule_q;      // flat: rule k at [k*RULE +: RULE]
    wire window_in = window_index < N_RULE * 8;
    wire [$clog2(N_RULE*8)-1:0] window_word = window_index[$clog2(N_RULE*8)-1:0];

    assign window_rdata = window_in ? rule_q[window_word*32 +: 32] : 32'd0;

    always @(posedge clk)
        if (window_we && window_in)
            rule_q[window_word*32 +: 32] <= csr_wdata;

    // --- key ----------------------------------------------------------------
    wire        beat = s_axis_tvalid && s_axis_tready;
    wire        key_valid, has_ip, has_flags, fragment, key_idle;
    wire [31:0] src, dst;
    wire [15:0] sport, dport;
    wire [7:0]  proto, flags;

    net_key4 #(.W (W)) key (
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
        .tap         (tap_data[31:0]),
        .idle        (key_idle)
    );

    // --- match: which rules, then the first of them -------------------------
    reg  [N_RULE-1:0] hit_q;
    reg               hit_valid_q;
    wire [N_RULE-1:0] hit_d;

    genvar g;
    generate
        for (g = 0; g < N_RULE; g = g + 1) begin : rule
            wire [RULE-1:0] r = rule_q[g*RULE +: RULE];
            wire [7:0] flags_mask = r[6*32+24 +: 8];
            wire flags_fit = no_flags[0] || flags_mask == 8'd0
                || (has_flags && (flags & flags_mask) == (r[6*32+16 +: 8] & flags_mask));
            assign hit_d[g] = has_ip && n_rules > g
                && (src & r[1*32 +: 32]) == (r[0*32 +: 32] & r[1*32 +: 32])
                && (dst & r[3*32 +: 32]) == (r[2*32 +: 32] & r[3*32 +: 32])
                && sport >= r[4*32 +: 16] && sport <= r[4*32+16 +: 16]
                && dport >= r[5*32 +: 16] && dport <= r[5*32+16 +: 16]
                && (proto & r[6*32+8 +: 8]) == (r[6*32 +: 8] & r[6*32+8 +: 8])
                && flags_fit;
            wire unused = &{1'b0, r[7*32 +: 32]};   // the action: read below
        end
    endgenerate

    always @(posedge clk) begin
        if (key_valid)
            hit_q <= hit_d;
        hit_valid_q <= key_valid && !rst;
    end

    integer    k;
    reg [15:0] first;                   // number of the first hit from 1, or 0
    reg        first_drop;

    always @* begin
        first      = 16'd0;
        first_drop = no_match[0];
        for (k = N_RULE - 1; k >= 0; k = k - 1)
            if (hit_q[k]) begin
                first      = k[15:0] + 16'd1;
                first_drop = rule_q[k*RULE + 7*32];
            end
    end

    assign tap_valid       = {hit_valid_q, key_valid};
    assign tap_data[63:32] = {15'd0, first_drop, first};

    // --- packets wait for their verdicts ------------------------------------
    // One that is dropped or punted already passes as it is and counts nowhere.
    wire [47:0] user;
    wire        drop;
    wire [15:0] mark;
    wire        done   = user[32] || user[34];
    wire        judged = m_axis_tvalid && m_axis_tready && m_axis_tlast && !done;

    // Counted a clock later, when the packet is still in the slot.
    always @(posedge clk) begin
        n_hits_q  <= judged && mark != 16'd0;
        n_drops_q <= judged && drop;
    end

    assign m_axis_tuser = done ? user : {user[47:33], drop, mark, user[15:0]};

    wire        hold_empty;

    assign idle = key_idle && !hit_valid_q && hold_empty;

    net_hold #(.W (W), .LOG2 (LOG2), .V (17)) hold (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .verdict_valid (hit_valid_q),
        .verdict       ({first_drop, first}),
        .m_axis_tdata  (m_axis_tdata),
        .m_axis_tkeep  (m_axis_tkeep),
        .m_axis_tuser  (user),
        .m_verdict     ({drop, mark}),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .empty         (hold_empty)
    );

    wire unused = &{1'b0, fragment, counts, window_re, window_moves, no_match[31:1], no_flags[31:1]};
endmodule
`default_nettype wire
