// viterbi_tb.v - packets of soft values become packets of bits, of a tail-biting code (RTL
// body).  C body: viterbi_tb.c.  A soft value a clock comes in; a block of n bits is then
// read round and round: 64 to 63 + n steps, and n + 64 that are kept and traced back, a
// step a clock each way.  An answer takes 1 clk for each 32 bits.
//
//   s_axis -> port -> store -> steps -> decisions -> way -> bits -> port -> m_axis
//
// tdata: soft values, int8, in threes: of the bits of 133, 171, 165; out: bits, the first
// lowest.
`default_nettype none
module viterbi_tb #(
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
    // taps: steps, or a word that passes by; trace
    output wire [1:0]     tap_valid,
    output wire [63:0]    tap_data
);
    localparam [2:0] ST_IDLE  = 3'd0,   // between blocks
                     ST_IN    = 3'd1,   // one is coming in
                     ST_RUN   = 3'd2,   // ... goes round
                     ST_TRACE = 3'd3,   // ... is traced back
                     ST_SEND  = 3'd4;   // its bits leave
    localparam [7:0] MOST = 8'd128;     // VITERBI_TB_BITS_MAX
    localparam [6:0] LEAD = 7'd64;      // VITERBI_TB_LEAD
    localparam [7:0] REACH = 8'd64;     // VITERBI_TB_REACH
    localparam [7:0] LAG  = 8'd6;       // bits of a state

    // --- registers ------------------------------------------------------------------
    wire [63:0] counts;                 // for the host only
    wire        is_in;                  // a block
    wire        bad;                    // ... that is none

    viterbi_tb_csr csr (
        .clk           (clk),
        .rst           (rst),
        .csr_we        (csr_we),
        .csr_re        (csr_re),
        .csr_ack       (csr_ack),
        .csr_addr      (csr_addr),
        .csr_wdata     (csr_wdata),
        .csr_rdata     (csr_rdata),
        .n_decoded_add ({7'd0, is_in && !bad}),
        .n_decoded     (counts[31:0]),
        .n_length_add  ({7'd0, is_in && bad}),
        .n_length      (counts[63:32])
    );

    // --- words in, and words out ----------------------------------------------------------
    reg  [2:0]   state_q;
    reg          bad_q;                 // too many steps, or none
    reg  [127:0] bits_q;                // the next to leave lowest
    reg  [4:0]   rest_q;                // bytes that have not left
    wire         begin_block, in_last, in_valid, take, out_ready;
    wire [31:0]  in_data, pass_word;
    wire [3:0]   in_keep;
    wire         pass_valid;
    wire         out_last = rest_q <= 5'd4;
    wire         send     = state_q == ST_SEND && out_ready;

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
        .out_data      (bits_q[31:0]),
        .out_keep      ({rest_q > 5'd3, rest_q > 5'd2, rest_q > 5'd1, rest_q > 5'd0}),
        .out_last      (out_last),
        .out_valid     (state_q == ST_SEND),
        .out_ready     (out_ready),
        .out_mark      ({1'b0, bad_q}),
        .out_drop      (bad_q),
        .pass_valid    (pass_valid),
        .pass_word     (pass_word),
        .idle          (idle)
    );

    // --- a block comes in, a soft value a clock ---------------------------------------------
    reg [31:0] data_q;                  // the next soft value lowest
    reg [2:0]  left_q;                  // of them
    reg        last_q;                  // it is the block's last
    reg [15:0] triple_q;                // the last two
    reg [1:0]  part_q;                  // how many of a step there are
    reg [7:0]  n_q;                     // steps of the block

    wire byte_in = state_q == ST_IN && left_q != 3'd0;
    wire whole   = byte_in && part_q == 2'd2;

    assign take  = state_q == ST_IN && !last_q && left_q <= 3'd1;
    assign is_in = state_q == ST_IN && last_q && left_q == 3'd0;
    assign bad   = bad_q || part_q != 2'd0 || n_q == 8'd0;

    // --- it goes round ------------------------------------------------------------------------
    reg [6:0] at_q;                     // step of the block
    reg [6:0] lead_q;                   // steps so far, up to LEAD - 1
    reg       keep_q;                   // decisions are kept
    reg [7:0] kept_q;                   // steps of these
    reg       run_q;                    // steps are read
    reg       read_q;                   // one was
    reg [2:0] keep_pipe_q;              // keep_q of the step in each stage

    wire [23:0] triple;
    wire        lap_end  = {1'b0, at_q} == n_q - 8'd1;
    wire        lead_end = lead_q == LEAD - 7'd1;
    wire        run_end  = keep_q && kept_q == n_q + REACH - 8'd1;
    wire        decision_valid, steps_idle;
    wire [63:0] decision;
    wire [31:0] steps_digest;

    axis_fifo_mem #(.W (24), .LOG2 (7)) store (
        .clk     (clk),
        .we      (whole && n_q != MOST),
        .waddr   (n_q[6:0]),
        .wdata   ({data_q[7:0], triple_q}),
        .re      (run_q),
        .raddr   (at_q),
        .rdata_q (triple)
    );

    viterbi_steps #(.R (3), .N (10), .START (0)) steps (
        .clk            (clk),
        .rst            (rst),
        .begin_block    (begin_block),
        .values_valid   (read_q),
        .values         (triple),
        .decision_valid (decision_valid),
        .decision       (decision),
        .digest         (steps_digest),
        .idle           (steps_idle)
    );

    always @(posedge clk) begin
        read_q      <= run_q;
        keep_pipe_q <= {keep_pipe_q[1:0], keep_q};
        if (run_q) begin
            at_q <= lap_end ? 7'd0 : at_q + 7'd1;
            if (!lead_end)
                lead_q <= lead_q + 7'd1;
            if (lap_end && lead_end)
                keep_q <= 1'b1;
            if (keep_q)
                kept_q <= kept_q + 8'd1;
            if (run_end)
                run_q <= 1'b0;
        end
        if (is_in && !bad)
            run_q <= 1'b1;
        if (begin_block) begin
            at_q   <= 7'd0;
            lead_q <= 7'd0;
            keep_q <= 1'b0;
            kept_q <= 8'd0;
        end
        if (rst) begin
            run_q  <= 1'b0;
            read_q <= 1'b0;
        end
    end

    // --- and back ------------------------------------------------------------------------------
    reg  [7:0]   back_q;                // decisions that are kept; then the one to read
    reg          trace_q;               // they are read
    reg          valid_q;               // one was
    reg  [7:0]   step_q;                // bit that it decides
    reg  [30:0]  way_q;
    reg          word_valid_q;
    reg  [31:0]  word_q;
    reg  [1:0]   word_at_q;

    wire [63:0] decided;
    wire        ran      = state_q == ST_RUN && !run_q && !read_q && steps_idle;
    wire        traced   = state_q == ST_TRACE && !trace_q && !valid_q && !word_valid_q;
    wire [31:0] way_d    = {way_q, decided[way_q[5:0]]};
    wire [7:0]  last_bit = n_q - 8'd1;
    wire        in_last_word = step_q[6:5] == last_bit[6:5];
    wire [31:0] mask     = in_last_word && n_q[4:0] != 5'd0 ? ~(32'hffffffff << n_q[4:0])
                                                           : 32'hffffffff;

    axis_fifo_mem #(.W (64), .LOG2 (8)) decisions (
        .clk     (clk),
        .we      (decision_valid && keep_pipe_q[2]),
        .waddr   (back_q),
        .wdata   (decision),
        .re      (trace_q),
        .raddr   (back_q),
        .rdata_q (decided)
    );

    always @(posedge clk) begin
        if (decision_valid && keep_pipe_q[2])
            back_q <= back_q + 8'd1;
        if (ran) begin
            trace_q <= 1'b1;
            way_q   <= 31'd0;
            back_q  <= back_q - 8'd1;
        end
        valid_q <= trace_q;
        if (trace_q) begin
            back_q  <= back_q - 8'd1;
            step_q  <= back_q - LAG;
            trace_q <= back_q != LAG;
        end
        if (valid_q)
            way_q <= way_d[30:0];
        word_valid_q <= valid_q && step_q[4:0] == 5'd0 && step_q < n_q;
        if (valid_q) begin
            word_q    <= way_d & mask;
            word_at_q <= step_q[6:5];
        end
        if (word_valid_q)
            bits_q <= {bits_q[95:0], word_q};
        if (send)
            bits_q <= {32'd0, bits_q[127:32]};
        if (begin_block)
            back_q <= 8'd0;
        if (rst) begin
            trace_q      <= 1'b0;
            valid_q      <= 1'b0;
            word_valid_q <= 1'b0;
        end
    end

    digest_words #(.N (1)) misr (
        .clk      (clk),
        .rst      (rst || begin_block),
        .valid    (word_valid_q),
        .words    (word_q ^ {30'd0, word_at_q}),
        .digest_q (tap_data[63:32])
    );

    assign tap_valid      = {traced, ran || pass_valid};
    assign tap_data[31:0] = ran ? steps_digest : pass_word;

    // --- control ----------------------------------------------------------------------------
    wire [7:0] n_up = n_q + 8'd7;

    always @(posedge clk) begin
        case (state_q)
        ST_IDLE:  if (begin_block)
            state_q <= ST_IN;
        ST_IN:    if (is_in)
            state_q <= bad ? ST_SEND : ST_RUN;
        ST_RUN:   if (ran)
            state_q <= ST_TRACE;
        ST_TRACE: if (traced)
            state_q <= ST_SEND;
        ST_SEND:  if (out_ready && out_last)
            state_q <= ST_IDLE;
        default:  state_q <= ST_IDLE;
        endcase
        if (begin_block) begin
            left_q <= 3'd0;
            last_q <= 1'b0;
            part_q <= 2'd0;
            n_q    <= 8'd0;
            bad_q  <= 1'b0;
        end
        if (byte_in) begin
            data_q   <= {8'd0, data_q[31:8]};
            left_q   <= left_q - 3'd1;
            triple_q <= {data_q[7:0], triple_q[15:8]};
            part_q   <= part_q == 2'd2 ? 2'd0 : part_q + 2'd1;
        end
        if (whole && n_q == MOST)
            bad_q <= 1'b1;
        if (whole && n_q != MOST)
            n_q <= n_q + 8'd1;
        if (take && in_valid) begin
            data_q <= in_data;
            left_q <= {2'd0, in_keep[0]} + {2'd0, in_keep[1]} + {2'd0, in_keep[2]} + {2'd0, in_keep[3]};
            last_q <= in_last;
        end
        if (is_in) begin
            bad_q  <= bad;
            rest_q <= bad ? 5'd0 : n_up[7:3];
        end
        if (send)
            rest_q <= rest_q - 5'd4;
        if (rst)
            state_q <= ST_IDLE;
    end

    wire unused = &{1'b0, counts, n_up[2:0], last_bit[7], last_bit[4:0]};
endmodule
`default_nettype wire
