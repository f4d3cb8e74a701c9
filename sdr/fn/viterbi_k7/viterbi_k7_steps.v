// viterbi_k7_steps.v - the metrics of the 64 states: add, compare, select.  C body:
// sdr/dsp/viterbi_k7.c.  1 step/clk, latency 2 clk.
//
//   soft -> costs of the four pairs -> 32 butterflies -> decisions
//                                        |    ^
//                                        metrics
//
// Metrics count modulo 512: two that are compared differ by 211 at most, in the first
// steps of a block, later by 150.
`default_nettype none
module viterbi_k7_steps (
    input  wire        clk,
    input  wire        rst,
    // begins a block, when nothing is inside
    input  wire        begin_block,
    // soft values of a step, the first lowest
    input  wire        pair_valid,
    input  wire [15:0] pair,
    // bit s: the way into state s comes from a state whose oldest bit is 1
    output wire        decision_valid,
    output wire [63:0] decision,
    // of all decisions of the block so far
    output wire [31:0] digest,
    output wire        idle
);
    // Registers of their own, so that faults can be put into them.
    reg         decision_valid_q;
    reg  [63:0] decision_q;
    assign decision_valid = decision_valid_q;
    assign decision = decision_q;

    localparam N     = 9;               // bits of a metric
    localparam [N-1:0] START = 9'd151;  // VITERBI_K7_START

    // --- costs -------------------------------------------------------------------
    reg        cost_valid_q;
    reg [19:0] cost_q;                  // [5*p +: 5]: p is first bit, second bit * 2

    // Its size, up to 15: what a bit costs that is not of its sign.
    function [3:0] size(input [7:0] x);
        reg [7:0] y;
        begin
            y    = x[7] ? 8'd0 - x : x;
            size = y[7:4] != 4'd0 ? 4'd15 : y[3:0];
        end
    endfunction

    wire [3:0] first  = size(pair[7:0]);
    wire [3:0] second = size(pair[15:8]);
    wire [4:0] first_0  = {1'b0, pair[7]  ? 4'd0 : first};
    wire [4:0] first_1  = {1'b0, pair[7]  ? first : 4'd0};
    wire [4:0] second_0 = {1'b0, pair[15] ? 4'd0 : second};
    wire [4:0] second_1 = {1'b0, pair[15] ? second : 4'd0};

    // --- butterflies: 2j and 2j + 1 lead to j and j + 32 ---------------------------
    reg  [64*N-1:0] metric_q;
    wire [64*N-1:0] metric_d;
    wire [63:0]     decision_d;

    function less(input [N-1:0] x, input [N-1:0] y);
        reg [N-1:0] d;
        begin
            d    = x - y;
            less = d[N-1];
        end
    endfunction

    genvar j;
    generate
        for (j = 0; j < 32; j = j + 1) begin : fly
            // What is coded from 2j to j: the taps of 133 and 171 on its bits.
            localparam [6:0] FROM  = 2 * j;
            localparam [1:0] PAIR  = {^(FROM & 7'o171), ^(FROM & 7'o133)};
            localparam [1:0] OTHER = ~PAIR;
            wire [N-1:0] c     = {{(N-5){1'b0}}, cost_q[PAIR*5 +: 5]};
            wire [N-1:0] not_c = {{(N-5){1'b0}}, cost_q[OTHER*5 +: 5]};
            wire [N-1:0] even  = metric_q[2*j*N +: N];
            wire [N-1:0] odd   = metric_q[(2*j+1)*N +: N];
            wire [N-1:0] low_even  = even + c;
            wire [N-1:0] low_odd   = odd + not_c;
            wire [N-1:0] high_even = even + not_c;
            wire [N-1:0] high_odd  = odd + c;
            assign decision_d[j]            = less(low_odd, low_even);
            assign decision_d[j+32]         = less(high_odd, high_even);
            assign metric_d[j*N +: N]       = decision_d[j] ? low_odd : low_even;
            assign metric_d[(j+32)*N +: N]  = decision_d[j+32] ? high_odd : high_even;
        end
    endgenerate

    always @(posedge clk) begin
        if (pair_valid)
            cost_q <= {first_1 + second_1, first_0 + second_1,
                       first_1 + second_0, first_0 + second_0};
        if (cost_valid_q) begin
            metric_q   <= metric_d;
            decision_q <= decision_d;
        end
        if (begin_block)
            metric_q <= {{63{START}}, {N{1'b0}}};
        cost_valid_q     <= pair_valid;
        decision_valid_q <= cost_valid_q;
        if (rst) begin
            cost_valid_q     <= 1'b0;
            decision_valid_q <= 1'b0;
        end
    end

    digest_words #(.N (1)) misr (
        .clk      (clk),
        .rst      (rst || begin_block),
        .valid    (decision_valid_q),
        .words    (decision_q[31:0] ^ {decision_q[47:32], decision_q[63:48]}),
        .digest_q (digest)
    );

    assign idle = !cost_valid_q && !decision_valid_q;
endmodule
`default_nettype wire
