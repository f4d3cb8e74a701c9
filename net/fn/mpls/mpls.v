// mpls.v - MPLS label switch router (RTL body).  C body: mpls.c.  1 beat/clk; a packet
// that gets labels takes the clocks of the beats it grows by.  On streams wider than 64
// bits packets that are looked up come two clocks apart, behind one whose third label may
// count three.  A packet leaves when its plan is known, at most 46 bytes + 5 clocks after
// it came, and 2 to 5 clocks later.
//
//   s_axis -+-> net_hold -> net_shift -> mpls_edit -> m_axis
//           |      |                        |
//           +-> net_words -> mpls_plan -> edits
//                             |    |
//                          NHLFE  FTN
`default_nettype none
module mpls #(
    parameter W       = 64,             // stream width in bits: 32, 64, 128, 256
    parameter N_NHLFE = 1024,           // incoming labels: a power of two, 32..65536
    parameter N_FTN   = 16              // FECs: a power of two, 1..128
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
    // taps: key, plan
    output wire [1:0]     tap_valid,
    output wire [63:0]    tap_data
);
    localparam HOLD  = W == 32 ? 5 : 4; // log2 of the beats that wait
    // log2 of the plans that wait: of packets of 18 bytes and more, in hold and shift
    localparam PLANS = W <= 64 ? 3 : W == 128 ? 4 : 5;
    localparam LABEL = $clog2(N_NHLFE); // bits of an entry's number
    localparam FEC   = $clog2(N_FTN);
    localparam EDIT  = 243;             // bits of a plan: tags .. macs

    localparam [3:0] SWAP = 4'd1, ENDED = 4'd4, TTL = 4'd9, ALERT = 4'd11;

    // --- registers ------------------------------------------------------------
    wire [31:0]  n_nhlfe, n_ftn, no_fec, expired, nulls, punted;
    wire [255:0] codes;                 // TC of DSCP k at [4*k +: 3]
    wire [31:0]  window_index, window_rdata;
    wire         window_we, window_re, window_moves;
    reg          fetched_q;             // the window's word was read
    wire [13:0]  fates;                 // what leaves: a bit for each fate

    wire [14*32-1:0] counts;            // for the host only
    mpls_csr csr (
        .clk             (clk),
        .rst             (rst),
        .csr_we          (csr_we),
        .csr_re          (csr_re),
        .csr_ack         (csr_ack),
        .csr_addr        (csr_addr),
        .csr_wdata       (csr_wdata),
        .csr_rdata       (csr_rdata),
        .n_nhlfe         (n_nhlfe),
        .n_ftn           (n_ftn),
        .no_fec          (no_fec),
        .expired         (expired),
        .nulls           (nulls),
        .punted          (punted),
        .dscp0           (codes[0*32 +: 32]),
        .dscp1           (codes[1*32 +: 32]),
        .dscp2           (codes[2*32 +: 32]),
        .dscp3           (codes[3*32 +: 32]),
        .dscp4           (codes[4*32 +: 32]),
        .dscp5           (codes[5*32 +: 32]),
        .dscp6           (codes[6*32 +: 32]),
        .dscp7           (codes[7*32 +: 32]),
        .n_passed_add    ({7'd0, fates[0]}),
        .n_passed        (counts[0*32 +: 32]),
        .n_swapped_add   ({7'd0, fates[1]}),
        .n_swapped       (counts[1*32 +: 32]),
        .n_pushed_add    ({7'd0, fates[2]}),
        .n_pushed        (counts[2*32 +: 32]),
        .n_popped_add    ({7'd0, fates[3]}),
        .n_popped        (counts[3*32 +: 32]),
        .n_ended_add     ({7'd0, fates[4]}),
        .n_ended         (counts[4*32 +: 32]),
        .n_other_add     ({7'd0, fates[5]}),
        .n_other         (counts[5*32 +: 32]),
        .n_bad_add       ({7'd0, fates[6]}),
        .n_bad           (counts[6*32 +: 32]),
        .n_reserved_add  ({7'd0, fates[7]}),
        .n_reserved      (counts[7*32 +: 32]),
        .n_unknown_add   ({7'd0, fates[8]}),
        .n_unknown       (counts[8*32 +: 32]),
        .n_ttl_add       ({7'd0, fates[9]}),
        .n_ttl           (counts[9*32 +: 32]),
        .n_too_big_add   ({7'd0, fates[10]}),
        .n_too_big       (counts[10*32 +: 32]),
        .n_alert_add     ({7'd0, fates[11]}),
        .n_alert         (counts[11*32 +: 32]),
        .n_host_add      ({7'd0, fates[12]}),
        .n_host          (counts[12*32 +: 32]),
        .n_deep_add      ({7'd0, fates[13]}),
        .n_deep          (counts[13*32 +: 32]),
        .window_index    (window_index),
        .window_we       (window_we),
        .window_re       (window_re),
        .window_moves    (window_moves),
        .window_ack      (fetched_q),
        .window_rdata    (window_rdata)
    );

    // --- key ------------------------------------------------------------------
    wire         hold_ready;
    wire         beat = s_axis_tvalid && s_axis_tready;
    wire         key_valid, has_type, key_idle;
    wire [15:0]  ethertype;
    wire [1:0]   key_tags;
    wire [2:0]   n_words;
    wire [191:0] key_words;
    reg  [7:0]   port_in_q;             // of the packet the key is of
    reg          waits_q;               // a key has come and was not taken
    wire         full;                  // the plan takes none, wide streams only
    wire         key_there = key_valid || (W > 64 && waits_q);
    wire         key_take  = key_there && !(W > 64 && full);

    // A key stands while no beat comes.
    assign s_axis_tready = hold_ready && !(W > 64 && key_there && full);

    net_words #(.W (W)) key (
        .clk         (clk),
        .rst         (rst),
        .beat        (beat),
        .tdata       (s_axis_tdata),
        .tkeep       (s_axis_tkeep),
        .tlast       (s_axis_tlast),
        .error       (s_axis_tuser[33]),
        .key_valid_q (key_valid),
        .has_type_q  (has_type),
        .type_q      (ethertype),
        .tags_q      (key_tags),
        .n_q         (n_words),
        .words_q     (key_words),
        .idle        (key_idle)
    );

    always @(posedge clk) begin
        waits_q <= key_there && !key_take && !rst;
        if (beat)
            port_in_q <= s_axis_tuser[7:0];
    end

    // Kinds of enum mpls_kind.
    wire [1:0] kind = !has_type ? 2'd0 : ethertype == 16'h8847 ? 2'd1
                    : ethertype == 16'h0800 ? 2'd2 : ethertype == 16'h86dd ? 2'd3 : 2'd0;

    // --- tables -----------------------------------------------------------------
    wire             plan_re;
    wire [LABEL-1:0] plan_raddr;
    wire [255:0]     nhlfe;
    reg  [N_FTN*92-1:0] ftn_q;          // flat: {next, where, mask, address}
    reg  [31:0]      ftn_word_q;

    wire is_nhlfe    = window_index[31:28] == 4'd0 && window_index[19:0] < N_NHLFE * 8;
    wire is_ftn      = window_index[31:28] == 4'd1 && window_index[19:0] < N_FTN * 4;
    wire window_read = window_re && !plan_re;

    wire [FEC-1:0] fec = window_index[2 +: FEC];
    reg  [91:0]    fec_at;
    integer        k;

    // A shift by a place times 92 would cost twice what all the rest does.
    always @* begin
        fec_at = 92'd0;
        for (k = 0; k < N_FTN; k = k + 1)
            fec_at = fec_at | (ftn_q[k*92 +: 92] & {92{fec == k[FEC-1:0]}});
    end

    genvar g;
    generate
        for (g = 0; g < 8; g = g + 1) begin : bank
            net_ram #(.W (32), .LOG2 (LABEL)) store (
                .clk     (clk),
                .we      (window_we && is_nhlfe && window_index[2:0] == g[2:0]),
                .waddr   (window_index[3 +: LABEL]),
                .wdata   (csr_wdata),
                .re      (plan_re || window_read),
                .raddr   (plan_re ? plan_raddr : window_index[3 +: LABEL]),
                .rdata_q (nhlfe[g*32 +: 32])
            );
        end
    endgenerate

    always @(posedge clk) begin
        fetched_q <= window_read && !window_moves && !rst;
        for (k = 0; k < N_FTN; k = k + 1)
            if (window_we && is_ftn && fec == k[FEC-1:0])
                case (window_index[1:0])
                    2'd0:    ftn_q[k*92 +: 32]    <= csr_wdata;
                    2'd1:    ftn_q[k*92+32 +: 32] <= csr_wdata;
                    2'd2:    ftn_q[k*92+64 +: 10] <= csr_wdata[9:0];
                    default: ftn_q[k*92+74 +: 18] <= csr_wdata[17:0];
                endcase
        if (window_read)
            case (window_index[1:0])
                2'd0:    ftn_word_q <= fec_at[31:0];
                2'd1:    ftn_word_q <= fec_at[63:32];
                2'd2:    ftn_word_q <= {22'd0, fec_at[73:64]};
                default: ftn_word_q <= {14'd0, fec_at[91:74]};
            endcase
    end

    assign window_rdata = is_nhlfe ? nhlfe[window_index[2:0]*32 +: 32] : is_ftn ? ftn_word_q : 32'd0;

    // --- plan -------------------------------------------------------------------
    wire        plan_valid, plan_idle, used, set_macs;
    wire [3:0]  fate;
    wire [1:0]  tags, kind_out, n_out;
    wire [2:0]  back, patch_at;
    wire [95:0] outs, macs;
    wire [31:0] patch, plan_tap;
    wire [7:0]  port;

    mpls_plan #(.N_FTN (N_FTN), .LOG2 (LABEL), .WIDE (W > 64)) plan (
        .clk         (clk),
        .rst         (rst),
        .no_fec_drop (no_fec[0]),
        .null_pipe   (nulls[0]),
        .punted      (punted[15:0]),
        .codes       (codes),
        .n_nhlfe     (n_nhlfe[17:0]),
        .n_ftn       (n_ftn[8:0]),
        .fecs        (ftn_q),
        .key_valid   (key_take),
        .key_kind    (kind),
        .key_tags    (key_tags),
        .key_n       (n_words),
        .key_words   (key_words),
        .key_port    (port_in_q),
        .re          (plan_re),
        .raddr       (plan_raddr),
        .nhlfe       (nhlfe),
        .plan_valid  (plan_valid),
        .fate        (fate),
        .tags        (tags),
        .kind        (kind_out),
        .back        (back),
        .n_out       (n_out),
        .outs        (outs),
        .patch_at    (patch_at),
        .patch       (patch),
        .used        (used),
        .port        (port),
        .set_macs    (set_macs),
        .macs        (macs),
        .tap         (plan_tap),
        .full        (full),
        .idle        (plan_idle)
    );

    // The key folded: mpls_key_word() of mpls_plan.h.  Word k counts if it is there.
    wire [31:0] k0 = key_words[0 +: 32]   & {32{n_words > 3'd0}};
    wire [31:0] k1 = key_words[32 +: 32]  & {32{n_words > 3'd1}};
    wire [31:0] k2 = key_words[64 +: 32]  & {32{n_words > 3'd2}};
    wire [31:0] k3 = key_words[96 +: 32]  & {32{n_words > 3'd3}};
    wire [31:0] k4 = key_words[128 +: 32] & {32{n_words > 3'd4}};
    wire [31:0] k5 = key_words[160 +: 32] & {32{n_words > 3'd5}};
    wire [31:0] folded = k0 ^ {k1[26:0], k1[31:27]} ^ {k2[21:0], k2[31:22]} ^ {k3[16:0], k3[31:17]}
                       ^ {k4[11:0], k4[31:12]} ^ {k5[6:0], k5[31:7]};

    assign tap_valid = {plan_valid, key_take};
    assign tap_data  = {plan_tap, kind == 2'd0 ? 32'd0
                        : folded ^ {kind, key_tags, 1'b0, n_words, 16'd0, port_in_q}};

    // --- packets wait for their plans, then are made longer or shorter -----------------
    // One that is dropped or punted already passes as it is and counts nowhere.
    wire [W-1:0]   hold_tdata, shift_tdata;
    wire [W/8-1:0] hold_tkeep;
    wire [47:0]    hold_user, user;
    wire [3:0]     hold_fate, edit_fate;
    wire [2:0]     hold_back;
    wire [1:0]     hold_tags;
    wire           hold_tlast, hold_tvalid, hold_tready, hold_empty;
    wire           shift_tvalid, shift_empty;
    wire           hold_done = hold_user[32] || hold_user[34];

    net_hold #(.W (W), .LOG2 (HOLD), .V (9)) hold (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid && s_axis_tready),
        .s_axis_tready (hold_ready),
        .verdict_valid (plan_valid),
        .verdict       ({fate, tags, back}),
        .m_axis_tdata  (hold_tdata),
        .m_axis_tkeep  (hold_tkeep),
        .m_axis_tuser  (hold_user),
        .m_verdict     ({hold_fate, hold_tags, hold_back}),
        .m_axis_tlast  (hold_tlast),
        .m_axis_tvalid (hold_tvalid),
        .m_axis_tready (hold_tready),
        .empty         (hold_empty)
    );

    net_shift #(.W (W), .U (52)) shift (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (hold_tdata),
        .s_axis_tkeep  (hold_tkeep),
        .s_axis_tlast  (hold_tlast),
        .s_axis_tvalid (hold_tvalid),
        .s_axis_tready (hold_tready),
        .s_user        ({hold_fate, hold_user}),
        .s_at          ({1'b0, hold_tags} + 3'd3),
        .s_move        (hold_done ? 3'd3 : hold_back),
        .m_axis_tdata  (shift_tdata),
        .m_axis_tkeep  (m_axis_tkeep),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tvalid (shift_tvalid),
        .m_axis_tready (m_axis_tready && !waits),
        .m_user        ({edit_fate, user}),
        .empty         (shift_empty)
    );

    // --- what to write into them --------------------------------------------------------
    wire        edit_valid, edit_empty, edit_ready;
    wire        leaves = m_axis_tvalid && m_axis_tready;
    wire [1:0]  edit_tags, edit_kind, edit_n;
    wire [2:0]  edit_patch_at;
    wire [95:0] edit_outs, edit_macs;
    wire [31:0] edit_patch;
    wire [7:0]  edit_port;
    wire        edit_used, edit_set_macs;

    // Only packets that go on have a plan.
    wire        planned = edit_fate >= SWAP && edit_fate <= ENDED;
    wire        waits   = planned && !edit_valid;

    assign m_axis_tvalid = shift_tvalid && !waits;

    axis_fifo #(.W (EDIT), .LOG2 (PLANS)) edits (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  ({tags, kind_out, n_out, patch_at, used, port, set_macs, outs, patch, macs}),
        .s_axis_tvalid (plan_valid && fate >= SWAP && fate <= ENDED),
        .s_axis_tready (edit_ready),
        .m_axis_tdata  ({edit_tags, edit_kind, edit_n, edit_patch_at, edit_used, edit_port,
                         edit_set_macs, edit_outs, edit_patch, edit_macs}),
        .m_axis_tvalid (edit_valid),
        .m_axis_tready (leaves && m_axis_tlast && planned),
        .empty         (edit_empty)
    );

    wire       done   = user[32] || user[34];
    wire       punt   = edit_fate >= ALERT || (edit_fate == TTL && expired[0]);
    wire       drop   = edit_fate > ENDED && !punt;
    wire [5:0] is_out = {3'd0, edit_n == 2'd3, edit_n[1], edit_n != 2'd0};
    wire [5:0] is_ttl = 6'd1 << edit_patch_at;      // word 0 is no place for it

    mpls_edit #(.W (W)) edit (
        .clk       (clk),
        .rst       (rst),
        .beat      (leaves),
        .tlast     (m_axis_tlast),
        .from      (shift_tdata),
        .to        (m_axis_tdata),
        .change    (planned && !done),
        .set_macs  (edit_set_macs),
        .macs      (edit_macs),
        .tags      (edit_tags),
        .ethertype (edit_kind == 2'd1 ? 16'h8847 : edit_kind == 2'd2 ? 16'h0800 : 16'h86dd),
        .set_word  (is_out | {is_ttl[5:1], 1'b0}),
        .words     ({edit_patch, edit_patch, edit_patch,
                     edit_n == 2'd3 ? edit_outs[95:64] : edit_patch,
                     edit_n[1] ? edit_outs[63:32] : edit_patch,
                     edit_n != 2'd0 ? edit_outs[31:0] : edit_patch})
    );

    assign m_axis_tuser = done ? user
        : {user[47:35], user[34] || punt, user[33], user[32] || drop, 12'd0, edit_fate,
           planned && edit_used ? edit_port : user[15:8], user[7:0]};

    assign fates = leaves && m_axis_tlast && !done ? 14'd1 << edit_fate : 14'd0;

    assign idle = key_idle && !(W > 64 && waits_q) && plan_idle && hold_empty && shift_empty && edit_empty;

    wire unused = &{1'b0, counts, edit_ready, n_nhlfe[31:18], n_ftn[31:9], no_fec[31:1], expired[31:1],
                    nulls[31:1], punted[31:16], codes, is_ttl[0], window_index[27:20]};
endmodule
`default_nettype wire
