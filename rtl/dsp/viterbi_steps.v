// viterbi_steps.v - the metrics of the 64 states of a code with the generators 133, 171 and,
// where there is a third one, 165: add, compare, select.  C bodies: sdr/dsp/viterbi_k7.c,
// sdr/dsp/viterbi_tb.c.  1 step/clk, latency 2 clk.
//
//   soft -> costs of what may have been sent -> 32 butterflies -> decisions
//                                                 |    ^
//                                                 metrics
//
// Metrics count modulo 2^N.  Of rate 1/2 two that are compared differ by 211 at most, in
// the first steps of a block, later by 150; of rate 1/3 by 315: after 6 steps from a state
// that both ways have in common 18 bits can differ, and 3 more in the step.
`default_nettype none
module viterbi_steps #(
    parameter R     = 2,                // coded bits a step: 2, 3
    parameter N     = 9,                // bits of a metric: 9, 10
    parameter START = 151               // of all states but 0 at the beginning
) (
    input  wire        clk,
    input  wire        rst,
    // begins a block, when nothing is inside
    input  wire        begin_block,
    // soft values of a step, the first lowest
    input  wire        values_valid,
    input  wire [R*8-1:0] values,
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

    localparam [N-1:0] FIRST = START;

    // --- costs -------------------------------------------------------------------
    localparam C = 1 << R;              // what may have been sent
    reg           cost_valid_q;
    reg [6*C-1:0] cost_q;               // [6*p +: 6]: bit k of p is the k-th of the step

    // Its size, up to 15: what a bit costs that is not of its sign.
    function [5:0] size(input [7:0] x);
        reg [7:0] y;
        begin
            y    = x[7] ? 8'd0 - x : x;
            size = y[7:4] != 4'd0 ? 6'd15 : {2'd0, y[3:0]};
        end
    endfunction

    // What 'sent' costs.
    function [5:0] cost(input [R*8-1:0] x, input [R-1:0] bits);
        integer k;
        begin
            cost = 6'd0;
            for (k = 0; k < R; k = k + 1)
                if (bits[k] == x[8*k+7])
                    cost = cost + size(x[8*k +: 8]);
        end
    endfunction

    wire [6*C-1:0] cost_d;
    genvar         p;
    generate
        for (p = 0; p < C; p = p + 1) begin : sent
            localparam [R-1:0] SENT = p;
            assign cost_d[6*p +: 6] = cost(values, SENT);
        end
    endgenerate

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
            // What is coded from 2j to j: the taps on its bits.
            localparam [6:0] FROM  = 2 * j;
            localparam [2:0] ALL   = {^(FROM & 7'o165), ^(FROM & 7'o171), ^(FROM & 7'o133)};
            localparam [R-1:0] SENT  = ALL[R-1:0];
            localparam [R-1:0] OTHER = ~SENT;
            wire [N-1:0] c     = {{(N-6){1'b0}}, cost_q[SENT*6 +: 6]};
            wire [N-1:0] not_c = {{(N-6){1'b0}}, cost_q[OTHER*6 +: 6]};
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
        if (values_valid)
            cost_q <= cost_d;
        if (cost_valid_q) begin
            metric_q   <= metric_d;
            decision_q <= decision_d;
        end
        if (begin_block)
            metric_q <= {{63{FIRST}}, {N{1'b0}}};
        cost_valid_q     <= values_valid;
        decision_valid_q <= cost_valid_q;
        if (rst) begin
            cost_valid_q     <= 1'b0;
            decision_valid_q <= 1'b0;
        end
    end

    // Among erasures a wrong value turns decisions around in pairs: turned by 15 few cancel out.
    digest_words #(.N (1)) misr (
        .clk      (clk),
        .rst      (rst || begin_block),
        .valid    (decision_valid_q),
        .words    (decision_q[31:0] ^ {decision_q[48:32], decision_q[63:49]}),
        .digest_q (digest)
    );

    assign idle = !cost_valid_q && !decision_valid_q;
endmodule
`default_nettype wire
