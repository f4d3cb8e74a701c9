// viterbi_k7_trace.v - the decisions of the last 1,024 steps, and the way back through
// them.  C body: sdr/dsp/viterbi_k7.c.  1 step/clk each way; a window of 384 bits takes
// 573 clk.
//
//   steps      0         384       768  960 (modulo 1,024)
//   window 0   [ bits    <  reach ]          traced when 576 decisions are there
//   window 1             [ bits    < reach ] meanwhile decisions go on, up to 1,018
//
// The way is a register that takes a decision at the bottom.  Behind the decision of
// step 32 w + 6 it holds the bits 32 w to 32 w + 31.
`default_nettype none
module viterbi_k7_trace (
    input  wire        clk,
    input  wire        rst,
    // begins a block, when nothing is inside
    input  wire        begin_block,
    // decisions of a step
    input  wire        decision_valid,
    input  wire [63:0] decision,
    output wire        ready,           // for five steps more
    input  wire        whole,           // there are no more
    // 32 bits of the block, words of a window in descending order
    output wire        word_valid,
    output wire [8:0]  word_at,
    output wire [31:0] word,
    // all words of the block came
    output wire        done,
    // of all words of the block so far
    output wire [31:0] digest
);
    // Registers of their own, so that faults can be put into them.
    reg         ready_q;
    reg         word_valid_q;
    reg  [8:0]  word_at_q;
    reg  [31:0] word_q;
    assign ready = ready_q;
    assign word_valid = word_valid_q;
    assign word_at = word_at_q;
    assign word = word_q;

    localparam WINDOW = 384;            // VITERBI_K7_WINDOW
    localparam REACH  = 192;            // VITERBI_K7_REACH
    localparam LOG2   = 10;             // of the steps held, more than 2 * WINDOW + REACH
    localparam LAG    = 6;              // bits of a state
    localparam [LOG2:0] BOTH = WINDOW + REACH;

    reg  [13:0] steps_q;                // of the block, that are in memory; modulo 2^14
    reg  [13:0] at_q;                   // first bit of the window
    reg         busy_q;                 // a window is being read
    reg         rest_q;                 // it is the last one
    reg  [13:0] read_q;                 // step to read
    reg  [13:0] end_q;                  // bit behind the window, if more follow
    reg         valid_q;                // a decision was read
    reg  [13:0] step_q;                 // that of this step
    reg  [30:0] way_q;
    wire [63:0] store_rdata;

    wire [LOG2:0] ahead = steps_q[LOG2:0] - at_q[LOG2:0];    // steps held
    wire        free   = !busy_q && !valid_q && !rest_q;
    wire        start  = free && (ahead >= BOTH || whole);
    wire        rest   = ahead < BOTH;
    wire [LOG2-1:0] bottom = at_q[LOG2-1:0] + LAG[LOG2-1:0];
    wire [13:0] last   = steps_q - 14'd1;
    // The bits of a word that no decision reaches are of the tail: 0.
    wire        blank  = start && rest && ahead != {(LOG2+1){1'b0}}
                         && steps_q[4:0] != 5'd0 && steps_q[4:0] <= LAG[4:0];
    wire [31:0] way_d  = {way_q, store_rdata[way_q[5:0]]};

    assign done  = rest_q && !busy_q && !valid_q && !word_valid_q;

    axis_fifo_mem #(.W (64), .LOG2 (LOG2)) store (
        .clk     (clk),
        .we      (decision_valid),
        .waddr   (steps_q[LOG2-1:0]),
        .wdata   (decision),
        .re      (busy_q),
        .raddr   (read_q[LOG2-1:0]),
        .rdata_q (store_rdata)
    );

    always @(posedge clk) begin
        ready_q <= ahead < (1 << LOG2) - 6;
        if (decision_valid)
            steps_q <= steps_q + 14'd1;

        // read
        if (start) begin
            busy_q <= !rest || ahead > LAG;
            rest_q <= rest;
            read_q <= rest ? last : at_q + {3'd0, BOTH} - 14'd1;
            end_q  <= at_q + WINDOW[13:0];
        end
        if (busy_q) begin
            read_q <= read_q - 14'd1;
            if (read_q[LOG2-1:0] == bottom) begin
                busy_q <= 1'b0;
                if (!rest_q)
                    at_q <= at_q + WINDOW[13:0];
            end
        end

        // trace
        valid_q <= busy_q;
        if (busy_q)
            step_q <= read_q;
        if (start)
            way_q <= 31'd0;
        if (valid_q)
            way_q <= way_d[30:0];
        word_valid_q <= blank
                        || (valid_q && step_q[4:0] == LAG[4:0] && (rest_q || step_q < end_q));
        if (blank) begin
            word_at_q <= last[13:5];
            word_q    <= 32'd0;
        end else if (valid_q && step_q[4:0] == LAG[4:0]) begin
            word_at_q <= step_q[13:5];
            word_q    <= way_d;
        end

        if (begin_block) begin
            steps_q <= 14'd0;
            at_q    <= 14'd0;
            rest_q  <= 1'b0;
            ready_q <= 1'b1;
        end
        if (rst) begin
            steps_q      <= 14'd0;
            at_q         <= 14'd0;
            busy_q       <= 1'b0;
            rest_q       <= 1'b0;
            valid_q      <= 1'b0;
            word_valid_q <= 1'b0;
        end
    end

    digest_words #(.N (1)) misr (
        .clk      (clk),
        .rst      (rst || begin_block),
        .valid    (word_valid_q),
        .words    (word_q ^ {23'd0, word_at_q}),
        .digest_q (digest)
    );
endmodule
`default_nettype wire
