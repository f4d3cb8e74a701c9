// fft_block.v - a packet that is a block of samples becomes its transform: what fft64.v and
// fft128.v are made of.  C body: fft_blocks() of sdr/fft/fft_packets.c.  1 sample/clk: a beat
// of 32 bits a clock.
//
//   s_axis -> narrow -+-> hold --------------------------+-> widen -> m_axis
//                     |                                  |
//                     `-> block (2) -> core -> answer (4) '
//
// tdata: {q[15:0], i[15:0]} a sample, the first lowest.  Packets wait in 'hold' until it is
// known whether they are blocks, and these until their bins are there; 'hold' has room for
// four blocks, and no fifth enters 'core' before the first has left.
`default_nettype none
module fft_block #(
    parameter W     = 64,               // stream width in bits: 32, 64, 128, 256
    parameter LOG2N = 6                 // of the samples of a block: 6, 7
) (
    input  wire           clk,
    input  wire           rst,
    // settings
    input  wire [LOG2N-1:0] halve,      // a bit for each stage
    input  wire           inverse,
    // a packet is in, and what it is; samples clipped in this clock
    output wire           is_block,
    output wire           is_other,
    output wire [4:0]     n_clipped,
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
    // taps: words (missing bytes 0), first, second, third
    output wire [3:0]     tap_valid,
    output wire [127:0]   tap_data
);
    localparam HOLD = LOG2N + 2;        // log2 of the words that wait
    localparam [LOG2N-1:0] LAST = {LOG2N{1'b1}};

    // I for Q makes the forward transform the inverse one.
    function [31:0] swap_parts(input [31:0] x, input swap);
        swap_parts = swap ? {x[15:0], x[31:16]} : x;
    endfunction

    // --- words, and what their packet is ------------------------------------------------
    wire [31:0] in_data;
    wire [3:0]  in_keep;
    wire [47:0] in_user;
    wire        in_last, in_valid, in_ready, in_empty;

    dsp_narrow #(.W (W)) narrow (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .m_axis_tdata  (in_data),
        .m_axis_tkeep  (in_keep),
        .m_axis_tuser  (in_user),
        .m_axis_tlast  (in_last),
        .m_axis_tvalid (in_valid),
        .m_axis_tready (in_ready),
        .empty         (in_empty)
    );

    reg  [LOG2N:0] at_q;                // of the next word in its packet, up to N
    reg        said_q;                  // what the packet is
    reg        bank_q;                  // of 'block' that is written

    wire beat = in_valid && in_ready;
    wire done = in_user[32] || in_user[34];
    wire say  = beat && !said_q && (done || in_last || at_q[LOG2N]);

    assign is_block = say && !done && at_q == {1'b0, LAST} && in_keep == 4'hf;
    assign is_other = say && !done && !is_block;

    always @(posedge clk) begin
        if (beat) begin
            at_q   <= in_last ? {(LOG2N+1){1'b0}} : at_q + {{LOG2N{1'b0}}, !at_q[LOG2N]};
            said_q <= !in_last && (said_q || say);
        end
        if (is_block)
            bank_q <= !bank_q;
        if (rst) begin
            at_q   <= {(LOG2N+1){1'b0}};
            said_q <= 1'b0;
            bank_q <= 1'b0;
        end
    end

    // --- a block enters the transform -----------------------------------------------------
    reg         feed_wait_q;            // a block is there
    reg         feed_run_q;             // ... and being read
    reg  [LOG2N-1:0] feed_at_q;
    reg         feed_bank_q;
    reg         feed_valid_q, feed_start_q;     // the word that was read
    reg  [2:0]  feed_held_q;            // blocks from there on, up to 4
    wire        feed_go = feed_wait_q && !feed_run_q && !feed_held_q[2];
    wire        feed    = feed_go || feed_run_q;
    wire        leaves;                 // a block, with its last word
    wire [31:0] fed;
    wire [31:0] x = swap_parts(fed, inverse);

    axis_fifo_mem #(.W (32), .LOG2 (LOG2N+1)) block (
        .clk     (clk),
        .we      (beat && !at_q[LOG2N]),
        .waddr   ({bank_q, at_q[LOG2N-1:0]}),
        .wdata   (in_data),
        .re      (feed),
        .raddr   ({feed_bank_q, feed_at_q}),
        .rdata_q (fed)
    );

    always @(posedge clk) begin
        feed_valid_q <= feed;
        feed_start_q <= feed_go;
        if (feed) begin
            feed_run_q <= feed_at_q != LAST;
            feed_at_q  <= feed_at_q + 1'b1;
        end
        if (feed && feed_at_q == LAST)
            feed_bank_q <= !feed_bank_q;
        if (is_block || feed_go)
            feed_wait_q <= is_block;
        feed_held_q <= feed_held_q + {2'd0, feed_go} - {2'd0, leaves};
        if (rst) begin
            feed_valid_q <= 1'b0;
            feed_start_q <= 1'b0;
            feed_run_q   <= 1'b0;
            feed_at_q    <= {LOG2N{1'b0}};
            feed_bank_q  <= 1'b0;
            feed_wait_q  <= 1'b0;
            feed_held_q  <= 3'd0;
        end
    end

    // --- transform --------------------------------------------------------------------------
    wire        y_start, core_busy;
    wire [31:0] y;
    wire [1:0]  seen_valid;
    wire [63:0] seen;
    wire        bin;                    // y is of a block

    fft_core #(.LOG2N (LOG2N)) core (
        .clk        (clk),
        .rst        (rst),
        .halve      (halve),
        .start      (feed_start_q),
        .x          (x),
        .y_start    (y_start),
        .y          (y),
        .y_run      (bin),
        .n_clipped  (n_clipped),
        .seen_valid (seen_valid),
        .seen       (seen),
        .busy       (core_busy)
    );

    // --- bins ---------------------------------------------------------------------------------
    reg         bin_run_q;
    reg  [LOG2N-1:0] bin_at_q;               // of y: bits of the bin's number reversed
    reg  [1:0]  bin_slot_q;
    reg  [2:0]  bin_whole_q;            // blocks whose bins are all there, up to 4
    wire        bin_whole = bin_run_q && bin_at_q == LAST;
    wire        take;                   // a word leaves 'hold'
    reg  [LOG2N-1:0] out_at_q;               // ... of a block
    reg  [1:0]  out_slot_q;
    wire [31:0] bin_data;

    assign bin = y_start || bin_run_q;

    wire [LOG2N-1:0] bin_number;        // of y
    genvar           g;
    generate
        for (g = 0; g < LOG2N; g = g + 1) begin : reversed
            assign bin_number[g] = bin_at_q[LOG2N-1-g];
        end
    endgenerate

    axis_fifo_mem #(.W (32), .LOG2 (LOG2N+2)) answer (
        .clk     (clk),
        .we      (bin),
        .waddr   ({bin_slot_q, bin_number}),
        .wdata   (swap_parts(y, inverse)),
        .re      (take),
        .raddr   ({out_slot_q, out_at_q}),
        .rdata_q (bin_data)
    );

    always @(posedge clk) begin
        if (bin) begin
            bin_run_q <= bin_at_q != LAST;
            bin_at_q  <= bin_at_q + 1'b1;
        end
        if (bin_whole)
            bin_slot_q <= bin_slot_q + 2'd1;
        bin_whole_q <= bin_whole_q + {2'd0, bin_whole} - {2'd0, leaves};
        if (rst) begin
            bin_run_q   <= 1'b0;
            bin_at_q    <= {LOG2N{1'b0}};
            bin_slot_q  <= 2'd0;
            bin_whole_q <= 3'd0;
        end
    end

    // --- packets wait ---------------------------------------------------------------------
    wire [31:0] held_data;
    wire [3:0]  held_keep;
    wire [47:0] held_user;
    wire        held_last, held_valid, held_block, hold_empty;

    net_hold #(.W (32), .LOG2 (HOLD), .V (1)) hold (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (in_data),
        .s_axis_tkeep  (in_keep),
        .s_axis_tuser  (in_user),
        .s_axis_tlast  (in_last),
        .s_axis_tvalid (in_valid),
        .s_axis_tready (in_ready),
        .verdict_valid (say),
        .verdict       (is_block),
        .m_axis_tdata  (held_data),
        .m_axis_tkeep  (held_keep),
        .m_axis_tuser  (held_user),
        .m_verdict     (held_block),
        .m_axis_tlast  (held_last),
        .m_axis_tvalid (held_valid),
        .m_axis_tready (take),
        .empty         (hold_empty)
    );

    // --- and leave -------------------------------------------------------------------------
    reg         out_full_q, out_block_q, out_last_q;
    reg  [31:0] out_data_q;
    reg  [3:0]  out_keep_q;
    reg  [47:0] out_user_q;
    wire        out_ready, wide_empty;
    wire        out_free = !out_full_q || out_ready;

    assign take   = held_valid && out_free && (!held_block || bin_whole_q != 3'd0);
    assign leaves = take && held_block && held_last;

    always @(posedge clk) begin
        if (take) begin
            out_block_q <= held_block;
            out_last_q  <= held_last;
            out_data_q  <= held_data;
            out_keep_q  <= held_keep;
            out_user_q  <= held_user;
        end
        if (take && held_block)
            out_at_q <= out_at_q + 1'b1;
        if (leaves)
            out_slot_q <= out_slot_q + 2'd1;
        if (out_free)
            out_full_q <= take;
        if (rst) begin
            out_at_q   <= {LOG2N{1'b0}};
            out_slot_q <= 2'd0;
            out_full_q <= 1'b0;
        end
    end

    dsp_widen #(.W (W)) widen (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (out_block_q ? bin_data : out_data_q),
        .s_axis_tkeep  (out_keep_q),
        .s_axis_tuser  (out_user_q),
        .s_axis_tlast  (out_last_q),
        .s_axis_tvalid (out_full_q),
        .s_axis_tready (out_ready),
        .m_axis_tdata  (m_axis_tdata),
        .m_axis_tkeep  (m_axis_tkeep),
        .m_axis_tuser  (m_axis_tuser),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .empty         (wide_empty)
    );

    wire [31:0] in_word = in_data & {{8{in_keep[3]}}, {8{in_keep[2]}}, {8{in_keep[1]}}, {8{in_keep[0]}}};

    assign tap_valid = {bin, seen_valid, beat};
    assign tap_data  = {y, seen, in_word};
    assign idle      = in_empty && !feed_wait_q && !feed_run_q && !feed_valid_q && !core_busy
                    && !bin_run_q && hold_empty && !out_full_q && wide_empty;

endmodule
`default_nettype wire
