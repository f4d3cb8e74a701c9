// pss_correlate.v - a packet of samples becomes where its half-frames have primary
// synchronization signals (RTL body).  C body: pss_correlate.c.  32 clk a window, of which
// a block has one a sample but for the first 63; what is behind them is thrown away, a
// beat of 32 bits a clock.  The answer leaves about 70 clk behind the last beat.
//
//   s_axis -> port -> sample -> mac -> measure -> sums -> answer -> port -> m_axis
//
// tdata: int8 I, int8 Q a sample, the first lowest; out: 32-bit words.
`default_nettype none
module pss_correlate #(
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
    // taps: sizes, or a word that passes by; sums, peaks
    output wire [2:0]     tap_valid,
    output wire [95:0]    tap_data
);
    localparam [1:0] ST_IDLE = 2'd0,    // between blocks
                     ST_IN   = 2'd1,    // one is coming in
                     ST_SEND = 2'd2;    // its answer leaves
    localparam [3:0]  WORDS = 4'd12;    // of an answer
    localparam [12:0] MOST  = 13'd5461; // PSS_CORRELATE_PERIOD_MAX

    // --- registers ------------------------------------------------------------------
    wire [31:0] period, fold;
    wire [63:0] counts;                 // for the host only
    wire        is_in;                  // a block, and its windows are added
    wire        found;                  // the block has all windows that are wanted

    pss_correlate_csr csr (
        .clk          (clk),
        .rst          (rst),
        .csr_we       (csr_we),
        .csr_re       (csr_re),
        .csr_ack      (csr_ack),
        .csr_addr     (csr_addr),
        .csr_wdata    (csr_wdata),
        .csr_rdata    (csr_rdata),
        .period       (period),
        .fold         (fold),
        .n_blocks_add ({7'd0, is_in && found}),
        .n_blocks     (counts[31:0]),
        .n_short_add  ({7'd0, is_in && !found}),
        .n_short      (counts[63:32])
    );

    // --- words in, samples of them, and words out ------------------------------------------
    reg [1:0]  state_q;
    reg [31:0] data_q;
    reg [1:0]  left_q;                  // samples of it
    reg        last_q;                  // it is the block's last
    reg [3:0]  word_q;                  // of the answer

    wire        begin_block, in_last, in_valid, out_ready;
    wire [31:0] in_data, answer, pass_word;
    wire [3:0]  in_keep;
    wire        pass_valid;
    wire mac_ready, mac_idle, measure_idle, sums_idle;
    wire sample = left_q != 2'd0 && mac_ready && !found;
    wire spent  = left_q == 2'd0 || found || (sample && left_q == 2'd1);
    wire take   = state_q == ST_IN && !last_q && spent;
    wire send   = state_q == ST_SEND && out_ready;
    wire out_last = !found || word_q == WORDS - 4'd1;
    assign is_in = state_q == ST_IN && last_q && (left_q == 2'd0 || found)
                   && mac_idle && measure_idle && sums_idle;

    // A beat without bytes has ones, so that a tkeep that is wrong shows in the digest.
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
        .in_ready      (take),
        .out_data      (answer | {32{!found}}),
        .out_keep      ({4{found}}),
        .out_last      (out_last),
        .out_valid     (state_q == ST_SEND),
        .out_ready     (out_ready),
        .out_mark      ({1'b0, !found}),
        .out_drop      (!found),
        .pass_valid    (pass_valid),
        .pass_word     (pass_word),
        .idle          (idle)
    );

    // --- correlations -----------------------------------------------------------------------
    wire         products_valid;
    wire [167:0] products;
    wire         size_valid;
    wire [20:0]  size_out;

    pss_correlate_mac mac (
        .clk            (clk),
        .rst            (rst),
        .begin_block    (begin_block),
        .sample_valid   (sample),
        .sample         (data_q[15:0]),
        .ready          (mac_ready),
        .products_valid (products_valid),
        .products       (products),
        .idle           (mac_idle)
    );

    // A window that is one too many has begun before that is known.
    pss_correlate_size measure (
        .clk            (clk),
        .rst            (rst),
        .products_valid (products_valid && !found),
        .products       (products),
        .size_valid     (size_valid),
        .size           (size_out),
        .idle           (measure_idle)
    );

    pss_correlate_sums sums (
        .clk         (clk),
        .rst         (rst),
        .begin_block (begin_block),
        .period      (period[12:0] > MOST ? MOST : period[12:0]),
        .fold        (fold[7:0]),
        .size_valid  (size_valid),
        .size        (size_out),
        .sum_valid   (tap_valid[1]),
        .sum         (tap_data[63:32]),
        .done        (found),
        .word        (word_q[1:0]),
        .next        (send && found),
        .answer      (answer),
        .idle        (sums_idle)
    );

    assign tap_valid[0]    = size_valid || pass_valid;
    assign tap_data[31:0]  = size_valid ? {11'd0, size_out} : pass_word;
    assign tap_valid[2]    = send && found;
    assign tap_data[95:64] = answer;

    // --- control ----------------------------------------------------------------------------
    always @(posedge clk) begin
        case (state_q)
        ST_IDLE: if (begin_block)
            state_q <= ST_IN;
        ST_IN:   if (is_in)
            state_q <= ST_SEND;
        ST_SEND: if (out_ready && out_last)
            state_q <= ST_IDLE;
        default: state_q <= ST_IDLE;
        endcase
        if (begin_block) begin
            left_q <= 2'd0;
            last_q <= 1'b0;
            word_q <= 4'd0;
        end
        if (sample) begin
            data_q <= {16'd0, data_q[31:16]};
            left_q <= left_q - 2'd1;
        end
        if (take && in_valid) begin
            data_q <= in_data;
            left_q <= {in_keep[3], in_keep[1] && !in_keep[3]};
            last_q <= in_last;
        end
        if (send)
            word_q <= word_q + 4'd1;
        if (rst)
            state_q <= ST_IDLE;
    end

    wire unused = &{1'b0, counts, period[31:13], fold[31:8], in_keep[2], in_keep[0]};
endmodule
`default_nettype wire
