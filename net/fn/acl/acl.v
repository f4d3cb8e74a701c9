// acl.v - first match of the IPv4 5-tuple and DSCP against N_RULE rules (RTL body).
// C body: acl.c.  A packet takes its beats; it leaves at most 96 bytes and 6 clocks
// after it came.
//
//   s_axis -+-> net_hold ---------------------+-> m_axis
//           |                                 |
//           +-> net_key4 -> acl_match -> verdict
`default_nettype none
module acl #(
    parameter W      = 64,              // stream width in bits: 32, 64, 128, 256
    parameter N_RULE = 256              // rules, a power of two
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
    localparam LOG2 = W == 32 ? 6 : 5;  // the longest headers and 10 clk

    // --- registers and rules ------------------------------------------------
    wire [31:0] no_match;
    wire [31:0] no_flags;
    wire [31:0] n_rules;
    wire [31:0] window_index;
    wire        window_we, window_re, window_moves, window_ack;
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
        .window_ack   (window_ack),
        .window_rdata (window_rdata)
    );

    // --- key ----------------------------------------------------------------
    wire        hold_ready;
    wire        beat = s_axis_tvalid && s_axis_tready;
    wire        key_valid, has_ip, has_flags, fragment, key_idle;
    wire [31:0] src, dst;
    wire [15:0] sport, dport;
    wire [7:0]  proto, flags;
    wire [5:0]  dscp;

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
        .dscp_q      (dscp),
        .tap         (tap_data[31:0]),
        .idle        (key_idle)
    );

    // --- match ----------------------------------------------------------------
    wire        match_waits, match_works, match_behind, verdict_valid, first_drop;
    wire [15:0] first;

    acl_match #(.N_RULE (N_RULE)) match (
        .clk           (clk),
        .rst           (rst),
        .no_match      (no_match[0]),
        .no_flags      (no_flags[0]),
        .n_rules       (n_rules),
        .window_we     (window_we),
        .window_re     (window_re),
        .window_moves  (window_moves),
        .window_index  (window_index),
        .window_wdata  (csr_wdata),
        .window_ack    (window_ack),
        .window_rdata  (window_rdata),
        .works         (match_works),
        .behind        (match_behind),
        .key_valid     (key_valid),
        .has_ip        (has_ip),
        .has_flags     (has_flags),
        .src           (src),
        .dst           (dst),
        .sport         (sport),
        .dport         (dport),
        .proto         (proto),
        .flags         (flags),
        .dscp          (dscp),
        .waits         (match_waits),
        .verdict_valid (verdict_valid),
        .drop          (first_drop),
        .first         (first)
    );

    assign tap_valid       = {verdict_valid, key_valid};
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

    // A packet whose key waits or is looked up is held.
    // Nor does any enter while rules are made; with more than that to do no write does.
    wire   shut          = match_waits || match_works;
    assign idle          = key_idle && hold_empty && !match_behind;
    assign s_axis_tready = hold_ready && !shut;

    net_hold #(.W (W), .LOG2 (LOG2), .V (17)) hold (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid && !shut),
        .s_axis_tready (hold_ready),
        .verdict_valid (verdict_valid),
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

    wire unused = &{1'b0, fragment, counts, no_match[31:1], no_flags[31:1]};
endmodule
`default_nettype wire
