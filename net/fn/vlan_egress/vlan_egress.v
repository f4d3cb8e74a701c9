// vlan_egress.v - tags of frames that leave a bridge (RTL body).  C body:
// vlan_egress.c.  1 beat/clk.  A packet leaves when its untagged set is known, at most
// 18 bytes + 4 clocks after it came, and 2 to 5 clocks later.
//
//   s_axis -+-> net_hold ------------------------+-> net_shift -> m_axis
//           |                                    |
//           +-> net_eth -> VLAN -> 1: verdict ---+
`default_nettype none
module vlan_egress #(
    parameter W      = 64,              // stream width in bits: 32, 64, 128, 256
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
    // taps: key, lookup
    output wire [1:0]     tap_valid,
    output wire [63:0]    tap_data
);
    localparam HOLD = 4;                // log2 of the beats that wait
    localparam LOG2 = $clog2(N_VLAN);

    // enum vlan_egress_fate of vlan_egress_text.h
    localparam [1:0] PLAIN = 2'd1, TAGGED = 2'd2, UNTAGGED = 2'd3;

    // --- registers ------------------------------------------------------------
    wire [31:0] n_vlans, window_index, window_rdata;
    wire        window_we, window_re, window_moves;
    reg         fetched_q;              // the window's word was read
    reg         s1_valid_q, s1_done_q;
    wire [1:0]  fate;
    wire        counts = s1_valid_q && !s1_done_q;

    wire [95:0] sums;                   // for the host only
    vlan_egress_csr csr (
        .clk            (clk),
        .rst            (rst),
        .csr_we         (csr_we),
        .csr_re         (csr_re),
        .csr_ack        (csr_ack),
        .csr_addr       (csr_addr),
        .csr_wdata      (csr_wdata),
        .csr_rdata      (csr_rdata),
        .n_vlans        (n_vlans),
        .n_plain_add    ({7'd0, counts && fate == PLAIN}),
        .n_plain        (sums[0*32 +: 32]),
        .n_tagged_add   ({7'd0, counts && fate == TAGGED}),
        .n_tagged       (sums[1*32 +: 32]),
        .n_untagged_add ({7'd0, counts && fate == UNTAGGED}),
        .n_untagged     (sums[2*32 +: 32]),
        .window_index   (window_index),
        .window_we      (window_we),
        .window_re      (window_re),
        .window_moves   (window_moves),
        .window_ack     (fetched_q),
        .window_rdata   (window_rdata)
    );

    // --- key ------------------------------------------------------------------
    wire        beat = s_axis_tvalid && s_axis_tready;
    wire        key_valid, has_eth, has_tag, key_idle;
    wire [3:0]  pcp;
    wire [11:0] vid;
    wire [95:0] macs;
    reg  [7:0]  port_in_q;              // of the packet the key is of
    reg         done_in_q;              // it came dropped or punted

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
        .dst_q       (macs[95:48]),
        .src_q       (macs[47:0]),
        .tag_q       (has_tag),
        .pcp_q       (pcp),
        .vid_q       (vid),
        .idle        (key_idle)
    );

    wire look = has_eth && vid != 12'd0;

    // --- table: read with the key, else by the window ---------------------------
    wire        is_vlan     = window_index[31:28] == 4'd0 && window_index[19:0] < N_VLAN;
    wire        key_read    = key_valid && look;
    wire        window_read = window_re && !key_read;
    wire [15:0] ports;

    net_ram #(.W (16), .LOG2 (LOG2)) vlans (
        .clk     (clk),
        .we      (window_we && is_vlan),
        .waddr   (window_index[LOG2-1:0]),
        .wdata   (csr_wdata[15:0]),
        .re      (key_read || window_read),
        .raddr   (key_read ? vid[LOG2-1:0] : window_index[LOG2-1:0]),
        .rdata_q (ports)
    );

    assign window_rdata = is_vlan ? {16'd0, ports} : 32'd0;

    // --- stage 1: verdict -------------------------------------------------------
    reg         s1_look_q;
    reg         s1_listed_q;            // the VLAN has an entry
    reg  [7:0]  s1_port_q;

    always @(posedge clk) begin
        if (beat) begin
            port_in_q <= s_axis_tuser[7:0];
            done_in_q <= s_axis_tuser[32] || s_axis_tuser[34];
        end
        if (key_valid) begin
            s1_done_q   <= done_in_q;
            s1_look_q   <= look;
            s1_listed_q <= look && {20'd0, vid} < n_vlans;
            s1_port_q   <= port_in_q;
        end
        s1_valid_q <= key_valid && !rst;
        fetched_q  <= window_read && !window_moves && !rst;
    end

    wire is_untagged = s1_listed_q && s1_port_q[7:4] == 4'd0 && ports[s1_port_q[3:0]];

    assign fate = !s1_look_q ? PLAIN : is_untagged ? UNTAGGED : TAGGED;

    assign tap_valid = {s1_valid_q, key_valid};
    assign tap_data  = {s1_listed_q, 13'd0, fate, ports & {16{s1_listed_q}},
                        look, 3'd0, vid & {12{look}}, 8'd0, port_in_q};

    // --- packets wait for their verdicts, then lose their tags ------------------------
    wire [W-1:0]   hold_tdata;
    wire [W/8-1:0] hold_tkeep;
    wire [47:0]    hold_user, user;
    wire [1:0]     hold_fate, out_fate;
    wire           hold_tlast, hold_tvalid, hold_tready, hold_empty, shift_empty;
    wire           takes_out = hold_fate == UNTAGGED && !hold_user[32] && !hold_user[34];
    wire           done = user[32] || user[34];

    assign idle = key_idle && !s1_valid_q && hold_empty && shift_empty;

    net_hold #(.W (W), .LOG2 (HOLD), .V (2)) hold (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .verdict_valid (s1_valid_q),
        .verdict       (fate),
        .m_axis_tdata  (hold_tdata),
        .m_axis_tkeep  (hold_tkeep),
        .m_axis_tuser  (hold_user),
        .m_verdict     (hold_fate),
        .m_axis_tlast  (hold_tlast),
        .m_axis_tvalid (hold_tvalid),
        .m_axis_tready (hold_tready),
        .empty         (hold_empty)
    );

    net_shift #(.W (W), .U (50)) shift (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (hold_tdata),
        .s_axis_tkeep  (hold_tkeep),
        .s_axis_tlast  (hold_tlast),
        .s_axis_tvalid (hold_tvalid),
        .s_axis_tready (hold_tready),
        .s_user        ({hold_fate, hold_user}),
        .s_at          (3'd3),
        .s_move        (takes_out ? 3'd4 : 3'd3),
        .m_axis_tdata  (m_axis_tdata),
        .m_axis_tkeep  (m_axis_tkeep),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .m_user        ({out_fate, user}),
        .empty         (shift_empty)
    );

    assign m_axis_tuser = done ? user : {user[47:32], 14'd0, out_fate, user[7:0], user[7:0]};

    wire unused = &{1'b0, sums, macs, has_tag, pcp, window_index[27:20]};
endmodule
`default_nettype wire
