// policer.v - meters of RFC 2697 and RFC 2698 (RTL body).  C body: policer.c.
// 1 beat/clk; a packet leaves when its verdict is known, at most 64 bytes +
// 9 clocks after it came.
//
//   s_axis -+-> net_hold --------------------------------------------+-> m_axis
//           |                                                        |
//           +-> net_ip -> 1 -> 2 -> 3 -> 4 -> 5 -> 6 -> verdict -----+
//
//   1  the meter of its class; its settings are read
//   2  ticks since it was last used
//   3  times both rates; its buckets are read
//   4  filled
//   5  colour; buckets are written, counts are read
//   6  counts are written
//
// Packets with a meter are two clocks apart.  A meter that is used again before
// it was written: SEEN is TICK then (stage 2 looks at 4 to 6), and the buckets are
// those of stage 6 (stage 4 does).
`default_nettype none
module policer #(
    parameter W       = 64,             // stream width in bits: 32, 64, 128, 256
    parameter N_METER = 64,             // meters: a power of two, 2..64
    parameter N_CLASS = 256             // classes: 256
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
    // taps: key, meter, bucket, count
    output wire [3:0]     tap_valid,
    output wire [127:0]   tap_data
);
    localparam HOLD = 5;                // log2 of the beats that wait
    localparam LOG2 = $clog2(N_METER);

    localparam [1:0] GREEN = 2'd1, YELLOW = 2'd2, RED = 2'd3;

    // --- registers ------------------------------------------------------------
    wire [31:0] n_meters, n_classes, tick, class_by, colour_by, length;
    wire [31:0] window_index, window_rdata;
    wire        window_we, window_re, window_moves, window_ack;
    reg         n_no_ip_q, n_no_meter_q;
    reg         s6_valid_q, s6_meter_q, s6_drop_q;
    reg  [1:0]  s6_colour_q;

    wire [191:0] counts;                // for the host only
    policer_csr csr (
        .clk            (clk),
        .rst            (rst),
        .csr_we         (csr_we),
        .csr_re         (csr_re),
        .csr_ack        (csr_ack),
        .csr_addr       (csr_addr),
        .csr_wdata      (csr_wdata),
        .csr_rdata      (csr_rdata),
        .n_meters       (n_meters),
        .n_classes      (n_classes),
        .tick           (tick),
        .class_by       (class_by),
        .colour_by      (colour_by),
        .length         (length),
        .n_green_add    ({7'd0, s6_meter_q && s6_colour_q == GREEN}),
        .n_green        (counts[0*32 +: 32]),
        .n_yellow_add   ({7'd0, s6_meter_q && s6_colour_q == YELLOW}),
        .n_yellow       (counts[1*32 +: 32]),
        .n_red_add      ({7'd0, s6_meter_q && s6_colour_q == RED}),
        .n_red          (counts[2*32 +: 32]),
        .n_dropped_add  ({7'd0, s6_meter_q && s6_drop_q}),
        .n_dropped      (counts[3*32 +: 32]),
        .n_no_ip_add    ({7'd0, n_no_ip_q}),
        .n_no_ip        (counts[4*32 +: 32]),
        .n_no_meter_add ({7'd0, n_no_meter_q}),
        .n_no_meter     (counts[5*32 +: 32]),
        .window_index   (window_index),
        .window_we      (window_we),
        .window_re      (window_re),
        .window_moves   (window_moves),
        .window_ack     (window_ack),
        .window_rdata   (window_rdata)
    );

    // --- key ------------------------------------------------------------------
    wire        beat = s_axis_tvalid && s_axis_tready;
    wire        key_valid, has_ip, key_idle;
    wire [5:0]  dscp;
    wire [1:0]  tags;
    wire [16:0] bytes;
    reg  [18:0] user_in_q;              // of the packet the key is of: done, mark [9:0], in port

    net_ip #(.W (W)) key (
        .clk         (clk),
        .rst         (rst),
        .beat        (beat),
        .tdata       (s_axis_tdata),
        .tkeep       (s_axis_tkeep),
        .tlast       (s_axis_tlast),
        .error       (s_axis_tuser[33]),
        .key_valid_q (key_valid),
        .has_ip_q    (has_ip),
        .dscp_q      (dscp),
        .tags_q      (tags),
        .bytes_q     (bytes),
        .tap         (tap_data[31:0]),
        .idle        (key_idle)
    );

    always @(posedge clk)
        if (beat)
            user_in_q <= {s_axis_tuser[32] || s_axis_tuser[34], s_axis_tuser[25:16], s_axis_tuser[7:0]};

    wire       done = user_in_q[18];
    wire       look = key_valid && has_ip && !done;
    wire [7:0] the_class = class_by[1:0] == 2'd0 ? user_in_q[7:0]
                         : class_by[1:0] == 2'd1 ? user_in_q[15:8]
                         : class_by[1:0] == 2'd2 ? {2'd0, dscp} : 8'd0;

    // The drop precedence of AFxy is y (RFC 2597): 1 green, 2 yellow, 3 red.
    wire       is_af  = dscp[5:3] >= 3'd1 && dscp[5:3] <= 3'd4 && !dscp[0];
    wire [1:0] came   = !colour_by[0] ? user_in_q[17:16]
                      : is_af ? dscp[2:1] : 2'd0;

    // --- stage 1: the meter of the class ----------------------------------------
    reg         s1_valid_q, s1_look_q, s1_there_q;
    reg  [1:0]  s1_came_q;
    reg  [17:0] s1_bytes_q;
    wire [15:0] number;                 // of the meter, from 1
    wire [15:0] index   = number - 16'd1;
    wire        metered = s1_look_q && s1_there_q && number != 16'd0
                          && index[15:LOG2] == {(16-LOG2){1'b0}}
                          && {16'd0, number} <= n_meters;
    wire [LOG2-1:0] s1_at = index[LOG2-1:0];

    always @(posedge clk) begin
        s1_valid_q   <= key_valid && !rst;
        s1_look_q    <= look && !rst;
        n_no_ip_q    <= key_valid && !has_ip && !done;
        n_no_meter_q <= s1_look_q && !metered;
        if (look) begin
            s1_there_q  <= {24'd0, the_class} < n_classes;
            s1_came_q <= came;
            s1_bytes_q  <= {1'b0, bytes} + {10'd0, length[7:0]}
                         + (length[8] ? 18'd14 + {14'd0, tags, 2'd0} : 18'd0);
        end
    end

    // --- stage 2: ticks -----------------------------------------------------------
    reg             s2_valid_q, s2_meter_q;
    reg  [LOG2-1:0] s2_at_q;
    reg  [1:0]      s2_came_q;
    reg  [17:0]     s2_bytes_q;

    always @(posedge clk) begin
        s2_valid_q <= s1_valid_q && !rst;
        s2_meter_q <= metered && !rst;
        if (metered) begin
            s2_at_q     <= s1_at;
            s2_came_q <= s1_came_q;
            s2_bytes_q  <= s1_bytes_q;
        end
    end

    wire [7:0]  how;                    // settings, as stage 1 read them
    wire [31:0] cir, pir;               // Q24.8
    wire [23:0] cbs, ebs;
    wire [31:0] seen;
    wire [31:0] since = tick - seen;

    reg             s3_valid_q, s3_meter_q;
    reg  [LOG2-1:0] s3_at_q;
    reg  [1:0]      s3_came_q;
    reg  [17:0]     s3_bytes_q;
    reg  [15:0]     s3_ticks_q;
    reg  [6:0]      s3_how_q;           // actions, two rates
    reg  [31:0]     s3_cir_q, s3_pir_q;
    reg  [23:0]     s3_cbs_q, s3_ebs_q;

    reg             s4_valid_q, s4_meter_q, s5_valid_q, s5_meter_q;
    reg  [LOG2-1:0] s4_at_q, s5_at_q, s6_at_q;

    wire again = (s4_meter_q && s4_at_q == s2_at_q) || (s5_meter_q && s5_at_q == s2_at_q)
               || (s6_meter_q && s6_at_q == s2_at_q);

    always @(posedge clk) begin
        s3_valid_q <= s2_valid_q && !rst;
        s3_meter_q <= s2_meter_q && !rst;
        if (s2_meter_q) begin
            s3_at_q     <= s2_at_q;
            s3_came_q <= how[1] ? s2_came_q : GREEN;
            s3_bytes_q  <= s2_bytes_q;
            s3_ticks_q  <= again ? 16'd0 : since[31:16] != 16'd0 ? 16'hffff : since[15:0];
            s3_how_q    <= {how[7:2], how[0]};
            s3_cir_q    <= cir;
            s3_pir_q    <= pir;
            s3_cbs_q    <= cbs;
            s3_ebs_q    <= ebs;
        end
    end

    // --- stage 3: what the ticks bring ----------------------------------------------
    reg  [1:0]  s4_came_q;
    reg  [17:0] s4_bytes_q;
    reg  [6:0]  s4_how_q;
    reg  [47:0] s4_more_c_q, s4_more_e_q;   // Q40.8
    reg  [23:0] s4_cbs_q, s4_ebs_q;

    always @(posedge clk) begin
        s4_valid_q <= s3_valid_q && !rst;
        s4_meter_q <= s3_meter_q && !rst;
        if (s3_meter_q) begin
            s4_at_q     <= s3_at_q;
            s4_came_q <= s3_came_q;
            s4_bytes_q  <= s3_bytes_q;
            s4_how_q    <= s3_how_q;
            s4_more_c_q <= {32'd0, s3_ticks_q} * {16'd0, s3_cir_q};
            s4_more_e_q <= {32'd0, s3_ticks_q} * {16'd0, s3_pir_q};
            s4_cbs_q    <= s3_cbs_q;
            s4_ebs_q    <= s3_ebs_q;
        end
    end

    // --- stage 4: fill ------------------------------------------------------------
    wire [31:0] held_c, held_e;         // as stage 3 read them
    reg  [31:0] s6_tc_q, s6_te_q;       // as stage 5 wrote them
    wire        late   = s6_meter_q && s6_at_q == s4_at_q;
    wire [48:0] sum_c  = {17'd0, late ? s6_tc_q : held_c} + {1'b0, s4_more_c_q};
    wire [48:0] full_c = {17'd0, s4_cbs_q, 8'd0};
    wire        over_c = sum_c > full_c;
    wire [48:0] excess = over_c ? sum_c - full_c : 49'd0;
    wire [49:0] sum_e  = {18'd0, late ? s6_te_q : held_e}
                       + {1'b0, s4_how_q[0] ? {1'b0, s4_more_e_q} : excess};
    wire [49:0] full_e = {18'd0, s4_ebs_q, 8'd0};

    reg  [1:0]  s5_came_q;
    reg  [17:0] s5_bytes_q;
    reg  [6:0]  s5_how_q;
    reg  [31:0] s5_tc_q, s5_te_q;

    always @(posedge clk) begin
        s5_valid_q <= s4_valid_q && !rst;
        s5_meter_q <= s4_meter_q && !rst;
        if (s4_meter_q) begin
            s5_at_q     <= s4_at_q;
            s5_came_q <= s4_came_q;
            s5_bytes_q  <= s4_bytes_q;
            s5_how_q    <= s4_how_q;
            s5_tc_q     <= over_c ? full_c[31:0] : sum_c[31:0];
            s5_te_q     <= sum_e > full_e ? full_e[31:0] : sum_e[31:0];
        end
    end

    // --- stage 5: colour ------------------------------------------------------------
    wire [31:0] need  = {6'd0, s5_bytes_q, 8'd0};
    wire        has_c = s5_tc_q >= need;
    wire        has_e = s5_te_q >= need;
    reg  [1:0]  colour;
    reg         take_c, take_e;

    always @* begin
        colour = RED;
        take_c = 1'b0;
        take_e = 1'b0;
        if (s5_how_q[0]) begin          // two rates: RFC 2698, 3
            if (s5_came_q != RED && has_e) begin
                take_e = 1'b1;
                take_c = s5_came_q != YELLOW && has_c;
                colour = take_c ? GREEN : YELLOW;
            end
        end else if (!s5_came_q[1] && has_c) begin    // single rate: RFC 2697, 3
            take_c = 1'b1;
            colour = GREEN;
        end else if (s5_came_q != RED && has_e) begin
            take_e = 1'b1;
            colour = YELLOW;
        end
    end

    wire [31:0] left_c = take_c ? s5_tc_q - need : s5_tc_q;
    wire [31:0] left_e = take_e ? s5_te_q - need : s5_te_q;
    wire [1:0]  action = colour == GREEN  ? s5_how_q[2:1]
                       : colour == YELLOW ? s5_how_q[4:3] : s5_how_q[6:5];

    // --- stage 6: count ---------------------------------------------------------------
    reg         s6_mark_q;
    reg  [17:0] s6_bytes_q;

    always @(posedge clk) begin
        s6_valid_q <= s5_valid_q && !rst;
        s6_meter_q <= s5_meter_q && !rst;
        if (s5_meter_q) begin
            s6_at_q     <= s5_at_q;
            s6_colour_q <= colour;
            s6_drop_q   <= action[1];
            s6_mark_q   <= action != 2'd0;
            s6_bytes_q  <= s5_bytes_q;
            s6_tc_q     <= left_c;
            s6_te_q     <= left_e;
        end
    end

    wire [127:0] count;                 // green, yellow, red, bytes that passed
    wire [31:0]  so_far   = s6_colour_q == GREEN  ? count[0*32 +: 32]
                          : s6_colour_q == YELLOW ? count[1*32 +: 32] : count[2*32 +: 32];
    wire [31:0]  count_d  = so_far + 32'd1;
    wire [31:0]  passed_d = count[3*32 +: 32] + (s6_drop_q ? 32'd0 : {14'd0, s6_bytes_q});

    // --- taps -------------------------------------------------------------------------
    // What is written without a packet, which only a fault does, is digested, too.
    wire [14:0] s4_number = {{(15-LOG2){1'b0}}, s4_at_q} + 15'd1;
    wire [11:0] s6_index  = {{(12-LOG2){1'b0}}, s6_at_q};

    wire [31:0] s4_more = s4_more_e_q[31:0] ^ {16'd0, s4_more_e_q[47:32]};
    wire [31:0] s4_word = {1'b1, s4_number, 16'd0} ^ {s4_came_q, 12'd0, s4_bytes_q}
                        ^ s4_more_c_q[31:0] ^ {16'd0, s4_more_c_q[47:32]}
                        ^ {s4_more[18:0], s4_more[31:19]}
                        ^ {s4_cbs_q, 1'b0, s4_how_q} ^ {8'd0, s4_ebs_q};
    wire [31:0] s6_word = s6_tc_q ^ {s6_te_q[18:0], s6_te_q[31:19]} ^ {14'd0, s6_bytes_q}
                        ^ {s6_colour_q, s6_mark_q, s6_drop_q, s6_index, 16'd0};
    wire        s6_any  = s6_valid_q || s6_meter_q;

    assign tap_valid = {s6_any, s6_any, s4_valid_q || s4_meter_q, key_valid};
    assign tap_data[63:32]  = s4_word & {32{s4_meter_q}};
    assign tap_data[95:64]  = s6_word & {32{s6_meter_q}};
    assign tap_data[127:96] = (count_d ^ {passed_d[15:0], passed_d[31:16]}) & {32{s6_meter_q}};

    // --- window -------------------------------------------------------------------------
    // A word is at hand one clock after its index, unless a packet reads then.
    reg         fetched_q;
    wire        is_meter = window_index[31:28] == 4'd0 && window_index[19:0] < N_METER * 12;
    wire        is_class = window_index[31:28] == 4'd1 && window_index[19:0] < N_CLASS;

    // A third of the index without its lower two bits: 171 / 512 of it.
    wire [15:0] fours    = {8'd0, window_index[9:2]};
    wire [15:0] x171     = fours + (fours << 1) + (fours << 3) + (fours << 5) + (fours << 7);
    wire [6:0]  third    = x171[15:9];
    wire [1:0]  which    = fours[1:0] - third[1:0] - {third[0], 1'b0};  // four of the twelve
    wire [3:0]  word     = {which, window_index[1:0]};
    wire [11:0] host_we  = {11'd0, window_we && is_meter} << word;
    wire [LOG2-1:0] host_at = third[LOG2-1:0];

    wire busy        = is_class ? look : which == 2'd2 ? s5_meter_q
                     : word[2:1] == 2'd3 ? s3_meter_q : metered;
    wire window_read = window_re && !busy;
    wire [383:0] words;                 // word k at [k*32 +: 32]

    always @(posedge clk)
        fetched_q <= window_read && !window_moves && !rst;

    assign window_ack   = fetched_q;
    assign window_rdata = is_meter ? words[word*32 +: 32] : is_class ? {16'd0, number} : 32'd0;

    // --- tables ---------------------------------------------------------------------------
    net_ram #(.W (16), .LOG2 (8)) classes (
        .clk     (clk),
        .we      (window_we && is_class),
        .waddr   (window_index[7:0]),
        .wdata   (csr_wdata[15:0]),
        .re      (look || window_read),
        .raddr   (look ? the_class : window_index[7:0]),
        .rdata_q (number)
    );

    genvar g;
    generate
        for (g = 0; g < 5; g = g + 1) begin : setting     // only the host writes them
            localparam B = g == 0 ? 8 : g < 3 ? 32 : 24;
            wire [B-1:0] held;
            net_ram #(.W (B), .LOG2 (LOG2)) store (
                .clk     (clk),
                .we      (host_we[g]),
                .waddr   (host_at),
                .wdata   (csr_wdata[B-1:0]),
                .re      (metered || window_read),
                .raddr   (metered ? s1_at : host_at),
                .rdata_q (held)
            );
            assign words[g*32 +: B] = held;
            if (B < 32) begin : narrow
                assign words[g*32+B +: 32-B] = {(32-B){1'b0}};
            end
        end

        for (g = 0; g < 2; g = g + 1) begin : bucket
            net_ram #(.W (32), .LOG2 (LOG2)) store (
                .clk     (clk),
                .we      (s5_meter_q || host_we[6+g]),
                .waddr   (s5_meter_q ? s5_at_q : host_at),
                .wdata   (!s5_meter_q ? csr_wdata : g == 0 ? left_c : left_e),
                .re      (s3_meter_q || window_read),
                .raddr   (s3_meter_q ? s3_at_q : host_at),
                .rdata_q (words[(6+g)*32 +: 32])
            );
        end

        for (g = 0; g < 4; g = g + 1) begin : count_of
            wire mine = s6_meter_q && (g == 3 || s6_colour_q == g + 1);
            net_ram #(.W (32), .LOG2 (LOG2)) store (
                .clk     (clk),
                .we      (mine || host_we[8+g]),
                .waddr   (s6_meter_q ? s6_at_q : host_at),
                .wdata   (!s6_meter_q ? csr_wdata : g == 3 ? passed_d : count_d),
                .re      (s5_meter_q || window_read),
                .raddr   (s5_meter_q ? s5_at_q : host_at),
                .rdata_q (words[(8+g)*32 +: 32])
            );
        end
    endgenerate

    net_ram #(.W (32), .LOG2 (LOG2)) seen_at (
        .clk     (clk),
        .we      (s5_meter_q || host_we[5]),
        .waddr   (s5_meter_q ? s5_at_q : host_at),
        .wdata   (s5_meter_q ? tick : csr_wdata),
        .re      (metered || window_read),
        .raddr   (metered ? s1_at : host_at),
        .rdata_q (words[5*32 +: 32])
    );

    assign how    = words[0*32 +: 8];
    assign cir    = words[1*32 +: 32];
    assign pir    = words[2*32 +: 32];
    assign cbs    = words[3*32 +: 24];
    assign ebs    = words[4*32 +: 24];
    assign seen   = words[5*32 +: 32];
    assign held_c = words[6*32 +: 32];
    assign held_e = words[7*32 +: 32];
    assign count  = words[8*32 +: 128];

    // --- packets wait for their verdicts ----------------------------------------------------
    wire [47:0] user;
    wire        hold_empty;
    wire [1:0]  said_colour;
    wire        said_mark, said_drop;

    assign idle = key_idle && !s1_valid_q && !s2_valid_q && !s3_valid_q && !s4_valid_q
               && !s5_valid_q && !s6_valid_q && hold_empty;

    assign m_axis_tuser = {user[47:33], user[32] || said_drop, user[31:26],
                           said_mark ? said_colour : user[25:24], user[23:0]};

    net_hold #(.W (W), .LOG2 (HOLD), .V (4)) hold (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .verdict_valid (s6_valid_q),
        .verdict       ({s6_drop_q, s6_mark_q, s6_colour_q} & {4{s6_meter_q}}),
        .m_axis_tdata  (m_axis_tdata),
        .m_axis_tkeep  (m_axis_tkeep),
        .m_axis_tuser  (user),
        .m_verdict     ({said_drop, said_mark, said_colour}),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .empty         (hold_empty)
    );

    wire unused = &{1'b0, counts, class_by[31:2], colour_by[31:1], length[31:9],
                    window_index[27:20], x171[8:0], third[6]};
endmodule
`default_nettype wire
