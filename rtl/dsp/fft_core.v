// fft_core.v - the transform of blocks that follow each other or not, radix-2^2
// single-path delay feedback (S. He, M. Torkelson, IPPS 1996).  C body:
// fft_block() of sdr/fft/fft_block.c.  1 sample/clk, the first bin 77 (of 128 samples 146)
// clk behind the first sample.
//
//   x -> first -> second -> turn_1 -> third -> fourth -> turn_2 -> fifth -> sixth -> y
//         32       16                  8        4                  2        1
//
// Of 128 samples all delays are twice as long, and behind 'sixth' come turn_3 and 'seventh'.
//
// A block is 2^LOG2N samples in clocks that follow each other, the first with 'start'; so
// are its bins, bits of their numbers reversed.
`default_nettype none
module fft_core #(
    parameter LOG2N = 6                 // of the samples of a block: 6, 7
) (
    input  wire        clk,
    input  wire        rst,
    input  wire [LOG2N-1:0] halve,      // a bit for each stage
    input  wire        start,
    input  wire [31:0] x,               // {q, i}
    output wire        y_start,
    output wire [31:0] y,
    input  wire        y_run,           // y is of a block
    // samples clipped in this clock
    output wire [4:0]  n_clipped,
    // taps: behind each pair but the last
    output wire [1:0]  seen_valid,
    output wire [63:0] seen,
    output wire        busy
);
    wire [7:0]  starts;                 // of stages and rotations, in order
    wire [9:0]  at_work;
    wire [31:0] y1, y2, y3, y4, y5, y6, t1, t2;
    wire [16:0] clipped;
    wire [5:0]  runs;
    wire        step = start || busy || y_run;

    fft_stage #(.LOG2N (LOG2N), .LOG2 (LOG2N-1), .SECOND (0)) first (
        .clk     (clk),
        .rst     (rst),
        .step    (step),
        .half    (halve[0]),
        .start   (start),
        .x       (x),
        .run     (runs[0]),
        .y_start (starts[0]),
        .y       (y1),
        .clipped (clipped[1:0]),
        .busy    (at_work[0])
    );

    fft_stage #(.LOG2N (LOG2N), .LOG2 (LOG2N-2), .SECOND (1)) second (
        .clk     (clk),
        .rst     (rst),
        .step    (step),
        .half    (halve[1]),
        .start   (starts[0]),
        .x       (y1),
        .run     (runs[1]),
        .y_start (starts[1]),
        .y       (y2),
        .clipped (clipped[3:2]),
        .busy    (at_work[1])
    );

    fft_turn #(.LOG2N (LOG2N), .LOG2 (0)) turn_1 (
        .clk     (clk),
        .rst     (rst),
        .step    (step),
        .start   (starts[1]),
        .x       (y2),
        .y_start (starts[2]),
        .y       (t1),
        .clipped (clipped[12]),
        .busy    (at_work[2])
    );

    fft_stage #(.LOG2N (LOG2N), .LOG2 (LOG2N-3), .SECOND (0)) third (
        .clk     (clk),
        .rst     (rst),
        .step    (step),
        .half    (halve[2]),
        .start   (starts[2]),
        .x       (t1),
        .run     (runs[2]),
        .y_start (starts[3]),
        .y       (y3),
        .clipped (clipped[5:4]),
        .busy    (at_work[3])
    );

    fft_stage #(.LOG2N (LOG2N), .LOG2 (LOG2N-4), .SECOND (1)) fourth (
        .clk     (clk),
        .rst     (rst),
        .step    (step),
        .half    (halve[3]),
        .start   (starts[3]),
        .x       (y3),
        .run     (runs[3]),
        .y_start (starts[4]),
        .y       (y4),
        .clipped (clipped[7:6]),
        .busy    (at_work[4])
    );

    fft_turn #(.LOG2N (LOG2N), .LOG2 (2)) turn_2 (
        .clk     (clk),
        .rst     (rst),
        .step    (step),
        .start   (starts[4]),
        .x       (y4),
        .y_start (starts[5]),
        .y       (t2),
        .clipped (clipped[13]),
        .busy    (at_work[5])
    );

    fft_stage #(.LOG2N (LOG2N), .LOG2 (LOG2N-5), .SECOND (0)) fifth (
        .clk     (clk),
        .rst     (rst),
        .step    (step),
        .half    (halve[4]),
        .start   (starts[5]),
        .x       (t2),
        .run     (runs[4]),
        .y_start (starts[6]),
        .y       (y5),
        .clipped (clipped[9:8]),
        .busy    (at_work[6])
    );

    fft_stage #(.LOG2N (LOG2N), .LOG2 (LOG2N-6), .SECOND (1)) sixth (
        .clk     (clk),
        .rst     (rst),
        .step    (step),
        .half    (halve[5]),
        .start   (starts[6]),
        .x       (y5),
        .run     (runs[5]),
        .y_start (starts[7]),
        .y       (y6),
        .clipped (clipped[11:10]),
        .busy    (at_work[7])
    );

    generate
        if (LOG2N == 7) begin : odd
            wire [31:0] t3;
            wire        run, turned;

            fft_turn #(.LOG2N (LOG2N), .LOG2 (4)) turn_3 (
                .clk     (clk),
                .rst     (rst),
                .step    (step),
                .start   (starts[7]),
                .x       (y6),
                .y_start (turned),
                .y       (t3),
                .clipped (clipped[14]),
                .busy    (at_work[8])
            );

            fft_stage #(.LOG2N (LOG2N), .LOG2 (0), .SECOND (0)) seventh (
                .clk     (clk),
                .rst     (rst),
                .step    (step),
                .half    (halve[6]),
                .start   (turned),
                .x       (t3),
                .run     (run),
                .y_start (y_start),
                .y       (y),
                .clipped (clipped[16:15]),
                .busy    (at_work[9])
            );

            wire unused_run = run;
        end else begin : even
            assign y              = y6;
            assign y_start        = starts[7];
            assign at_work[9:8]   = 2'd0;
            assign clipped[16:14] = 3'd0;
        end
    endgenerate

    // --- what is counted -----------------------------------------------------------------
    integer   k;
    reg [4:0] n;
    always @* begin
        n = 5'd0;
        for (k = 0; k < 17; k = k + 1)
            n = n + {4'd0, clipped[k]};
    end

    assign n_clipped  = n;
    assign seen_valid = {runs[4], runs[2]};
    assign seen       = {t2, t1};
    assign busy       = at_work != 10'd0;

    wire unused = &{1'b0, runs[5], runs[3], runs[1:0]};
endmodule
`default_nettype wire
