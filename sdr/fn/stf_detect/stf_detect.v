// stf_detect.v - a packet that is a block of samples becomes the list of the short training
// fields in it (RTL body).  C body: stf_detect.c.  3 clk a sample: 20 Msps at 60 MHz; behind
// a block at most 120 clk, and 2 for each word of the answer.
//
//   s_axis -> port -> front -> sums -> ratio -> track -> list -> port -> m_axis
//                   of groups  of windows
//
// tdata: {q[15:0], i[15:0]} a sample, the first lowest; out: words of 32 bits.
`default_nettype none
module stf_detect #(
    parameter W = 64                    // stream width in bits: 32, 64, 128, 256
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
    // taps: group, or a word that passes by; window, rho
    output wire [2:0]     tap_valid,
    output wire [95:0]    tap_data
);
    localparam [2:0] ST_IDLE = 3'd0,    // between blocks
                     ST_IN   = 3'd1,    // one is coming in
                     ST_WAIT = 3'd2,    // ... is in, and being judged
                     ST_END  = 3'd3,    // ... its last candidate is written
                     ST_READ = 3'd4,    // a word of the list is read
                     ST_SEND = 3'd5;    // ... and leaves
    localparam [1:0] FOUND = 2'd0, QUIET = 2'd1, ODD = 2'd2;

    // --- registers ------------------------------------------------------------------
    wire [31:0]  threshold, veto, plateau;
    wire [127:0] counts;                // for the host only
    reg          n_found_q, n_quiet_q, n_odd_q;     // what has left
    wire         lost;

    stf_detect_csr csr (
        .clk         (clk),
        .rst         (rst),
        .csr_we      (csr_we),
        .csr_re      (csr_re),
        .csr_ack     (csr_ack),
        .csr_addr    (csr_addr),
        .csr_wdata   (csr_wdata),
        .csr_rdata   (csr_rdata),
        .threshold   (threshold),
        .veto        (veto),
        .plateau     (plateau),
        .n_found_add ({7'd0, n_found_q}),
        .n_found     (counts[31:0]),
        .n_quiet_add ({7'd0, n_quiet_q}),
        .n_quiet     (counts[63:32]),
        .n_odd_add   ({7'd0, n_odd_q}),
        .n_odd       (counts[95:64]),
        .n_lost_add  ({7'd0, lost}),
        .n_lost      (counts[127:96])
    );

    // --- samples, and the answer --------------------------------------------------------
    reg  [2:0]  state_q;
    reg         odd_q;                  // the last sample is not whole
    reg  [5:0]  word_q;                 // {candidate, word} that is read next
    wire        begin_block, front_ready;
    wire [31:0] in_data, pass_word;
    wire [3:0]  in_keep;
    wire        in_last, in_valid, out_ready, port_idle, pass_valid;
    wire        in       = state_q == ST_IN && in_valid;
    wire [4:0]  n_list;
    wire [31:0] word;
    wire        none     = n_list == 5'd0;
    wire        last_of  = word_q[1:0] == 2'd2;         // words of a candidate
    wire [5:0]  word_d   = last_of ? {word_q[5:2] + 4'd1, 2'd0} : word_q + 6'd1;
    wire        out_last = none || (last_of && {1'b0, word_q[5:2]} + 5'd1 == n_list);
    wire        sent     = state_q == ST_SEND && out_ready;
    wire        left     = sent && out_last;
    wire [1:0]  fate     = odd_q ? ODD : none ? QUIET : FOUND;

    dsp_port #(.W (W)) port (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .m_axis_tdata  (m_axis_tdata),
        .m_axis_tkeep  (m_axis_tkeep),
        .m_axis_tuser  (m_axis_tuser),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .begin_block   (begin_block),
        .in_data       (in_data),
        .in_keep       (in_keep),
        .in_last       (in_last),
        .in_valid      (in_valid),
        .in_ready      (state_q == ST_IN && front_ready),
        .out_data      (word),
        .out_keep      ({4{!none}}),
        .out_last      (out_last),
        .out_valid     (state_q == ST_SEND),
        .out_ready     (out_ready),
        .out_mark      (fate),
        .out_drop      (odd_q),
        .pass_valid    (pass_valid),
        .pass_word     (pass_word),
        .idle          (port_idle)
    );

    // --- what is in them ------------------------------------------------------------------
    wire        sum_valid, r_valid, rho_valid, group_valid;
    wire        front_busy, sums_busy, ratio_busy, track_busy;
    wire [69:0] sum;
    wire [11:0] exponents;
    wire [12:0] r, re, im;
    wire [9:0]  rho16, rho8;
    wire [31:0] group_word;
    wire        quiet = !front_busy && !sums_busy && !ratio_busy && !track_busy;

    stf_detect_front front (
        .clk          (clk),
        .rst          (rst),
        .begin_block  (begin_block),
        .sample       (in_data),
        .sample_valid (in && in_keep[3]),
        .sample_ready (front_ready),
        .sum_valid_q  (sum_valid),
        .sum_q        (sum),
        .exponents_q  (exponents),
        .busy         (front_busy)
    );

    stf_detect_sums sums (
        .clk         (clk),
        .rst         (rst),
        .begin_block (begin_block),
        .sum_valid   (sum_valid),
        .sum         (sum),
        .exponents   (exponents),
        .r_valid_q   (r_valid),
        .r_q         (r),
        .busy        (sums_busy),
        .group_valid (group_valid),
        .group_word  (group_word),
        .window_word (tap_data[63:32])
    );

    stf_detect_ratio ratio (
        .clk         (clk),
        .rst         (rst),
        .begin_block (begin_block),
        .r_valid     (r_valid),
        .r           (r),
        .rho_valid_q (rho_valid),
        .rho16       (rho16),
        .rho8        (rho8),
        .re_q        (re),
        .im_q        (im),
        .busy        (ratio_busy)
    );

    stf_detect_track track (
        .clk         (clk),
        .rst         (rst),
        .begin_block (begin_block),
        .end_block   (state_q == ST_WAIT && quiet),
        .threshold   (threshold[9:0]),
        .veto        (veto[4:0]),
        .plateau     (plateau[7:0]),
        .rho_valid   (rho_valid),
        .rho16       (rho16),
        .rho8        (rho8),
        .re          (re),
        .im          (im),
        .n_q         (n_list),
        .word_re     (state_q == ST_READ),
        .word_at     (word_q),
        .word        (word),
        .lost        (lost),
        .busy        (track_busy)
    );

    assign tap_valid       = {rho_valid, r_valid, group_valid || pass_valid};
    assign tap_data[31:0]  = group_valid ? group_word : pass_word;
    assign tap_data[95:64] = {6'd0, rho8, 6'd0, rho16};

    // --- control ------------------------------------------------------------------------
    always @(posedge clk) begin
        case (state_q)
        ST_IDLE: if (begin_block)
            state_q <= ST_IN;
        ST_IN:   if (in && front_ready && in_last)
            state_q <= ST_WAIT;
        ST_WAIT: if (quiet)
            state_q <= ST_END;
        ST_END:  if (quiet)
            state_q <= ST_READ;
        ST_READ: state_q <= ST_SEND;
        ST_SEND: if (out_ready)
            state_q <= out_last ? ST_IDLE : ST_READ;
        default: state_q <= ST_IDLE;
        endcase
        if (in && in_keep[0] && !in_keep[3])
            odd_q <= 1'b1;
        if (sent)
            word_q <= word_d;
        if (begin_block) begin
            odd_q  <= 1'b0;
            word_q <= 6'd0;
        end
        n_found_q <= left && fate == FOUND;
        n_quiet_q <= left && fate == QUIET;
        n_odd_q   <= left && fate == ODD;
        if (rst) begin
            state_q   <= ST_IDLE;
            n_found_q <= 1'b0;
            n_quiet_q <= 1'b0;
            n_odd_q   <= 1'b0;
        end
    end

    assign idle = port_idle && !n_found_q && !n_quiet_q && !n_odd_q;

    wire unused = &{1'b0, counts, threshold[31:10], veto[31:5], plateau[31:8], in_keep[2:1]};
endmodule
`default_nettype wire
