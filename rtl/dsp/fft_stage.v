// fft_stage.v - the butterflies of one stage: single-path delay feedback.  C body:
// butterflies() of sdr/fft/fft_block.c.  1 sample/clk, latency 2^LOG2 + 1 steps.
//
//         .-------- delay <-------.
//         |                       |      upper half of 2^(LOG2+1) samples: x waits,
//         `-> a                   |         and differences of those before leave
//              butterfly -> difference   lower half: sums leave
//   x ------> b         `-> sum -> y
//
// A block is 2^LOG2N samples in steps that follow each other, the first with 'start'.
`default_nettype none
module fft_stage #(
    parameter LOG2N  = 6,               // of the samples of a block, 6, 7
    parameter LOG2   = 5,               // of the places between a and b, 0..LOG2N-1
    parameter SECOND = 0                // 1: of a pair; b is taken -j times where a differs
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        step,
    input  wire        half,            // sums and differences are halved
    input  wire        start,
    input  wire [31:0] x,               // {q, i}
    output wire        run,             // x is of a block
    output wire        y_start,
    output wire [31:0] y,
    output wire [1:0]  clipped,         // the last sum, difference
    output wire        busy
);
    localparam [LOG2N-1:0] SPAN = 1 << LOG2;
    localparam [LOG2N-1:0] LAST = {LOG2N{1'b1}};

    reg             run_q;
    reg [LOG2N-1:0] at_q;               // the place of x
    reg             start_q;
    reg [31:0]      y_q;
    reg [1:0]       n_clipped_q;

    wire [LOG2N-1:0] at = start ? {LOG2N{1'b0}} : at_q;
    wire             lower = run && at[LOG2];
    wire [31:0]      a;

    assign run     = start || run_q;
    assign y_start = start_q;
    assign y       = y_q;
    assign clipped = n_clipped_q;
    assign busy    = run_q || start_q || n_clipped_q != 2'd0;

    // --- butterfly ------------------------------------------------------------------
    // A sum, Q3.15, and 1 if it is to be halved; 17 bits, which clip when the upper two
    // differ.
    function [16:0] settle(input [17:0] v, input halve);
        settle = halve ? v[17:1] : v[16:0];
    endfunction

    function clips(input [1:0] top);
        clips = top[1] != top[0];
    endfunction

    function [15:0] clip(input [16:0] v);
        clip = clips(v[16:15]) ? {v[16], {15{!v[16]}}} : v[15:0];
    endfunction

    function [17:0] wide(input [15:0] v);
        wide = {{2{v[15]}}, v};
    endfunction

    wire        minus_j;                // -j (i + jq) = q - ji
    generate
        if (SECOND != 0) begin : second
            assign minus_j = at[LOG2+1];
        end else begin : first
            assign minus_j = 1'b0;
        end
    endgenerate

    wire [17:0] round = {17'd0, half};
    wire [15:0] i_b   = minus_j ? x[31:16] : x[15:0];
    wire [15:0] q_b   = minus_j ? x[15:0] : x[31:16];
    wire [16:0] i_sum = settle(wide(a[15:0]) + wide(i_b) + round, half);
    wire [16:0] i_dif = settle(wide(a[15:0]) - wide(i_b) + round, half);
    wire [16:0] q_add = settle(wide(a[31:16]) + wide(q_b) + round, half);
    wire [16:0] q_sub = settle(wide(a[31:16]) - wide(q_b) + round, half);
    wire [16:0] q_sum = minus_j ? q_sub : q_add;
    wire [16:0] q_dif = minus_j ? q_add : q_sub;

    fft_delay #(.LOG2 (LOG2)) delay (
        .clk  (clk),
        .rst  (rst),
        .step (step),
        .x    (lower ? {clip(q_dif), clip(i_dif)} : x),
        .y    (a)
    );

    always @(posedge clk) begin
        if (step) begin
            run_q     <= run && at != LAST;
            at_q      <= at + 1'b1;
            start_q   <= run && at == SPAN;
            y_q       <= lower ? {clip(q_sum), clip(i_sum)} : a;
            n_clipped_q <= {lower && (clips(i_dif[16:15]) || clips(q_dif[16:15])),
                          lower && (clips(i_sum[16:15]) || clips(q_sum[16:15]))};
        end
        if (rst) begin
            run_q     <= 1'b0;
            start_q   <= 1'b0;
            n_clipped_q <= 2'd0;
        end
    end
endmodule
`default_nettype wire
