// share.v - a link shared by weight between networks (RTL body).  C body: share.c.
// 1 beat/clk; a packet's first beat leaves 4 clocks after it came.
//
//   s_axis -+-> net_hold -----------------------------+-> m_axis
//           |                                         |
//           +-> a: first beat: deal, passes? ---------+
//               a: last beat: its network pays -> b: counts
//
// The length is known with the last beat, when the first is long gone: so a packet
// passes when there are tokens, and is paid for afterwards.  The next packet, which
// may come in the next clock, sees what is left.
//
// What ticks bring is worked out before the packet behind the write of TICK comes;
// the stream waits a clock for it.
`default_nettype none
module share #(
    parameter W      = 64,              // stream width in bits: 32, 64, 128, 256
    parameter N_NET  = 16,              // networks: a power of two, 2..64
    parameter N_LINK = 1                // links: 1
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
    // taps: packet, admit, spend, count
    output wire [3:0]     tap_valid,
    output wire [127:0]   tap_data
);
    localparam HOLD = 3;                // log2 of the beats that wait
    localparam LOG2 = $clog2(N_NET);
    localparam B    = W/8;

    // --- registers ------------------------------------------------------------
    wire [31:0] n_nets, n_link, tick, net_by, length;
    wire [31:0] window_index, window_rdata;
    wire        window_we, window_re, window_moves, window_ack;
    reg         b_pass_q, b_drop_q, b_unknown_q;

    wire [95:0] counts;                 // for the host only
    share_csr csr (
        .clk           (clk),
        .rst           (rst),
        .csr_we        (csr_we),
        .csr_re        (csr_re),
        .csr_ack       (csr_ack),
        .csr_addr      (csr_addr),
        .csr_wdata     (csr_wdata),
        .csr_rdata     (csr_rdata),
        .n_nets        (n_nets),
        .n_link        (n_link),
        .tick          (tick),
        .net_by        (net_by),
        .length        (length),
        .n_passed_add  ({7'd0, b_pass_q}),
        .n_passed      (counts[0*32 +: 32]),
        .n_dropped_add ({7'd0, b_drop_q}),
        .n_dropped     (counts[1*32 +: 32]),
        .n_unknown_add ({7'd0, b_unknown_q}),
        .n_unknown     (counts[2*32 +: 32]),
        .window_index  (window_index),
        .window_we     (window_we),
        .window_re     (window_re),
        .window_moves  (window_moves),
        .window_ack    (window_ack),
        .window_rdata  (window_rdata)
    );

    // --- packets in -------------------------------------------------------------
    reg         mid_q;                  // a packet is half in
    reg  [18:0] bytes_q;                // of it so far, and LENGTH
    reg  [1:0]  pause_q;                // a register was written one, two clocks ago
    reg         a_valid_q, a_first_q, a_last_q;
    reg         a_live_q;               // neither dropped nor punted, and there is a link
    reg         a_known_q;
    reg  [15:0] a_number_q;             // of its network
    reg  [18:0] a_bytes_q;              // with the last beat
    wire        hold_ready;
    wire        beat = s_axis_tvalid && s_axis_tready;

    assign s_axis_tready = hold_ready && !pause_q[0] && !window_re;

    // Bytes of a beat.
    function [5:0] bytes_of(input [B-1:0] keep);
        integer k;
        begin
            bytes_of = 6'd0;
            for (k = 0; k < B; k = k + 1)
                if (keep[k])
                    bytes_of = k[5:0] + 6'd1;
        end
    endfunction

    wire [N_NET-1:0] known;
    wire [15:0] number = net_by[0] ? s_axis_tuser[31:16] : {8'd0, s_axis_tuser[7:0]};
    wire [18:0] bytes  = (mid_q ? bytes_q : {11'd0, length[7:0]})
                       + (s_axis_tlast ? {13'd0, bytes_of(s_axis_tkeep)} : B[18:0]);

    always @(posedge clk) begin
        pause_q   <= {pause_q[0], csr_we};
        a_valid_q <= beat;
        if (beat) begin
            mid_q      <= !s_axis_tlast;
            bytes_q    <= bytes;
            a_first_q  <= !mid_q;
            a_last_q   <= s_axis_tlast;
            a_live_q   <= n_link[0] && !s_axis_tuser[32] && !s_axis_tuser[34];
            a_known_q  <= number[15:LOG2] == {(16-LOG2){1'b0}} && known[number[LOG2-1:0]];
            a_number_q <= number;
            if (s_axis_tlast)
                a_bytes_q <= bytes;
        end
        if (rst) begin
            pause_q   <= 2'd0;
            a_valid_q <= 1'b0;
            mid_q     <= 1'b0;
        end
    end

    // --- tables of a few words -----------------------------------------------------
    // Word k of LINK is at [k*32 +: 32]; network k of the others at its place.
    reg  [127+LOG2:0]   link_q;         // of the last word what counts
    reg  [N_NET*24-1:0] quanta_q;
    reg  [N_NET*32-1:0] mosts_q;        // [31]: its turn comes before others'
    reg  [N_NET*32-1:0] tokens_q;       // signed

    wire [31:0]     rate   = link_q[0*32 +: 32];
    wire [31:0]     burst  = link_q[1*32 +: 32];
    wire [31:0]     seen   = link_q[2*32 +: 32];
    wire [31:0]     credit = link_q[3*32 +: 32];
    wire [LOG2-1:0] turn   = link_q[4*32 +: LOG2];

    // --- what ticks bring --------------------------------------------------------
    reg  [15:0] ticks_q;
    reg  [47:0] more_q;
    wire [31:0] since  = tick - seen;
    wire        earns  = since != 32'd0;
    wire [48:0] sum    = {17'd0, credit} + {1'b0, more_q};
    wire [31:0] earned = !earns ? credit : sum < {17'd0, burst} ? sum[31:0] : burst;

    always @(posedge clk) begin
        ticks_q <= since[31:16] != 16'd0 ? 16'hffff : since[15:0];
        if (pause_q != 2'd0)            // it is used once, by the packet that comes next
            more_q <= {32'd0, ticks_q} * {16'd0, rate};
    end

    // --- a: deal -----------------------------------------------------------------
    wire [N_NET-1:0]    hungry, first, rich;
    wire [N_NET*32-1:0] tokens_d;       // after what is dealt and spent
    wire [N_NET-1:0]    nets  = (hungry & first) != {N_NET{1'b0}} ? hungry & first : hungry;
    wire [N_NET-1:0]    after = nets & ~(({{(N_NET-1){1'b0}}, 1'b1} << turn << 1)
                                         - {{(N_NET-1){1'b0}}, 1'b1});
    wire [N_NET-1:0]    from  = after != {N_NET{1'b0}} ? after : nets;
    wire [N_NET-1:0]    who   = from & (~from + {{(N_NET-1){1'b0}}, 1'b1});  // the lowest

    wire        starts = a_valid_q && a_first_q && a_live_q;
    wire        ends   = a_valid_q && a_last_q && a_live_q;
    reg  [23:0] quantum;                // of 'who'
    reg  [LOG2-1:0] who_at;
    integer     k;

    always @* begin
        quantum = 24'd0;
        who_at  = {LOG2{1'b0}};
        for (k = 0; k < N_NET; k = k + 1) begin
            quantum = quantum | (quanta_q[k*24 +: 24] & {24{who[k]}});
            who_at  = who_at | (k[LOG2-1:0] & {LOG2{who[k]}});
        end
    end

    wire            deals    = nets != {N_NET{1'b0}} && earned >= {8'd0, quantum};
    wire [31:0]     credit_d = deals ? earned - {8'd0, quantum} : earned;
    wire [LOG2-1:0] turn_d   = deals ? who_at : turn;

    // --- a: admit and spend --------------------------------------------------------
    reg             pass_q;             // the packet that is half in passes
    wire [LOG2-1:0] a_at   = a_number_q[LOG2-1:0];
    wire            passes = a_first_q ? a_known_q && rich[a_at] : pass_q;
    wire [31:0]     left   = tokens_d[a_at*32 +: 32];

    always @(posedge clk)
        if (starts)
            pass_q <= passes;

    // --- b: count -------------------------------------------------------------------
    reg             b_valid_q, b_known_q;
    reg  [LOG2-1:0] b_at_q;
    reg  [18:0]     b_bytes_q;
    reg             c_valid_q;          // what was written a clock before
    reg  [LOG2-1:0] c_at_q;
    reg  [127:0]    c_counts_q;
    wire [127:0]    held;               // passed, dropped, bytes
    wire [127:0]    so_far = c_valid_q && c_at_q == b_at_q ? c_counts_q : held;
    wire [127:0]    counts_d;

    assign counts_d[31:0]   = so_far[31:0]   + {31'd0, b_pass_q};
    assign counts_d[63:32]  = so_far[63:32]  + {31'd0, b_drop_q};
    assign counts_d[127:64] = so_far[127:64] + {45'd0, b_pass_q ? b_bytes_q : 19'd0};

    always @(posedge clk) begin
        b_valid_q   <= a_valid_q && a_last_q && !rst;
        b_known_q   <= ends && a_known_q && !rst;
        b_pass_q    <= ends && passes && !rst;
        b_drop_q    <= ends && a_known_q && !passes && !rst;
        b_unknown_q <= ends && !a_known_q && !rst;
        c_valid_q   <= b_known_q && !rst;
        if (ends) begin
            b_at_q    <= a_at;
            b_bytes_q <= a_bytes_q;
        end
        if (b_known_q) begin
            c_at_q     <= b_at_q;
            c_counts_q <= counts_d;
        end
    end

    // --- taps -------------------------------------------------------------------------
    wire [11:0] turn12 = {{(12-LOG2){1'b0}}, turn_d};
    wire [31:0] more   = more_q[31:0] ^ {16'd0, more_q[47:32]};

    // What is counted without a packet, which only a fault does, is digested, too.
    wire        counted  = b_known_q || b_pass_q || b_drop_q || b_unknown_q;

    assign tap_valid = {b_valid_q || counted, a_valid_q && a_last_q,
                        {2{a_valid_q && a_first_q}}};
    assign tap_data[31:0]   = {16'd0, a_number_q & {16{starts}}};
    assign tap_data[63:32]  = (credit_d ^ ({more[18:0], more[31:19]} & {32{earns}})
                            ^ {1'b1, passes, deals, a_known_q, turn12, a_number_q})
                            & {32{starts}};
    assign tap_data[95:64]  = ({13'd0, a_bytes_q} ^ (left & {32{a_known_q}})) & {32{ends}};
    assign tap_data[127:96] = ((counts_d[31:0] ^ {counts_d[47:32], counts_d[63:48]}
                            ^ counts_d[95:64] ^ {counts_d[103:96], counts_d[127:104]}
                            ^ {b_bytes_q, {(13-LOG2){1'b0}}, b_at_q}) & {32{b_known_q}})
                            ^ {b_unknown_q, b_drop_q, b_pass_q, 29'd0};

    // --- window -------------------------------------------------------------------------
    // Nothing comes in while a word is read.
    reg         fetched_q;
    wire        is_net   = window_index[31:28] == 4'd0 && window_index[19:0] < N_NET * 8;
    wire        is_link  = window_index[31:28] == 4'd1 && window_index[19:0] < N_LINK * 5;
    wire        window_read = window_re && !ends;
    wire [2:0]  word     = window_index[2:0];
    wire [7:0]  host_we  = {7'd0, window_we && is_net} << word;    // of words 0 to 7
    wire [LOG2-1:0] host_at = window_index[LOG2+2:3];
    reg  [31:0] net_word, link_word;
    reg  [23:0] host_quantum;

    always @* begin
        host_quantum = 24'd0;           // a shift by a place times 24 would cost more
        for (k = 0; k < N_NET; k = k + 1)
            host_quantum = host_quantum | (quanta_q[k*24 +: 24] & {24{host_at == k[LOG2-1:0]}});
        case (word)
            3'd0: net_word = {8'd0, host_quantum};
            3'd1: net_word = {1'b0, mosts_q[host_at*32 +: 31]};
            3'd2: net_word = {31'd0, mosts_q[host_at*32+31 +: 1]};
            3'd3: net_word = tokens_q[host_at*32 +: 32];
            default: net_word = held[word[1:0]*32 +: 32];
        endcase
        case (word)
            3'd0: link_word = rate;
            3'd1: link_word = burst;
            3'd2: link_word = seen;
            3'd3: link_word = credit;
            default: link_word = {{(32-LOG2){1'b0}}, turn};
        endcase
    end

    assign window_ack   = fetched_q;
    assign window_rdata = is_link ? link_word : is_net ? net_word : 32'd0;

    always @(posedge clk) begin
        fetched_q <= window_read && !window_moves && !rst;
        if (starts || ends)
            tokens_q <= tokens_d;
        if (starts)
            link_q[127+LOG2:64] <= {turn_d, credit_d, tick};
        for (k = 0; k < 4; k = k + 1)
            if (window_we && is_link && word == k[2:0])
                link_q[k*32 +: 32] <= csr_wdata;
        if (window_we && is_link && word >= 3'd4)
            link_q[128 +: LOG2] <= csr_wdata[LOG2-1:0];
        for (k = 0; k < N_NET; k = k + 1)
            if (host_at == k[LOG2-1:0]) begin
                if (host_we[0])
                    quanta_q[k*24 +: 24] <= csr_wdata[23:0];
                if (host_we[1])
                    mosts_q[k*32 +: 31] <= csr_wdata[30:0];
                if (host_we[2])
                    mosts_q[k*32+31 +: 1] <= csr_wdata[0];
                if (host_we[3])
                    tokens_q[k*32 +: 32] <= csr_wdata;
            end
        if (rst) begin
            link_q   <= {(128+LOG2){1'b0}};
            quanta_q <= {N_NET*24{1'b0}};
            mosts_q  <= {N_NET*32{1'b0}};
            tokens_q <= {N_NET*32{1'b0}};
        end
    end

    // --- networks -----------------------------------------------------------------------
    // What a network is dealt counts in the same clock, before what it spends.
    genvar g;
    generate
        for (g = 0; g < N_NET; g = g + 1) begin : net
            wire [23:0] share  = quanta_q[g*24 +: 24];
            wire [31:0] tokens = tokens_q[g*32 +: 32];
            wire [32:0] room   = {tokens[31], tokens} + {9'd0, share};
            wire [31:0] have   = starts && deals && who[g] ? room[31:0] : tokens;

            assign known[g]  = n_nets > g && share != 24'd0;
            assign first[g]  = mosts_q[g*32+31];
            // With a quantum more it has at most so many: below 0 it has.
            assign hungry[g] = known[g] && (room[32] || room[31:0] <= {1'b0, mosts_q[g*32 +: 31]});
            assign rich[g]   = !have[31] && have != 32'd0;
            assign tokens_d[g*32 +: 32]
                = ends && passes && a_at == g ? have - {13'd0, a_bytes_q} : have;
        end

        for (g = 0; g < 4; g = g + 1) begin : count
            net_ram #(.W (32), .LOG2 (LOG2)) store (
                .clk     (clk),
                .we      (b_known_q || host_we[4+g]),
                .waddr   (b_known_q ? b_at_q : host_at),
                .wdata   (b_known_q ? counts_d[g*32 +: 32] : csr_wdata),
                .re      (ends || window_read),
                .raddr   (ends ? a_at : host_at),
                .rdata_q (held[g*32 +: 32])
            );
        end
    endgenerate

    // --- packets wait for their verdicts --------------------------------------------------
    wire [47:0] user;
    wire        hold_empty, drop;

    assign idle = !mid_q && !a_valid_q && !b_valid_q && hold_empty;
    assign m_axis_tuser = {user[47:33], user[32] || drop, user[31:0]};

    net_hold #(.W (W), .LOG2 (HOLD), .V (1)) hold (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid && s_axis_tready),
        .s_axis_tready (hold_ready),
        .verdict_valid (a_valid_q && a_first_q),
        .verdict       (starts && !passes),
        .m_axis_tdata  (m_axis_tdata),
        .m_axis_tkeep  (m_axis_tkeep),
        .m_axis_tuser  (user),
        .m_verdict     (drop),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .empty         (hold_empty)
    );

    wire unused = &{1'b0, counts, n_link[31:1], net_by[31:1], length[31:8], window_index[27:20]};
endmodule
`default_nettype wire
