// stf_detect_sums.v - sums over windows of 16 groups, and what is judged of them: to one scale,
// that at which the window's energy, of both ends of the lag, has 12 bits.  20 clk a group.
//
//   sum -> << exponents -> + sum over the window -> >> scale -> r
//              term -> memory (16 groups) -> -
//
// Steps of three clocks: energy, energy with that two groups before, re and im at lag 16, at 8.
`default_nettype none
module stf_detect_sums (
    input  wire        clk,
    input  wire        rst,
    input  wire        begin_block,
    // of stf_detect_front; the next group's come 24 clk later
    input  wire        sum_valid,
    input  wire [69:0] sum,
    input  wire [11:0] exponents,
    // energy (12 bits), re, im at lag 16, re, im at lag 8; with sign
    output reg         r_valid_q,
    output reg  [12:0] r_q,
    output wire        busy,
    // what the digests take: of groups, of windows
    output wire        group_valid,
    output wire [31:0] group_word,
    output wire [31:0] window_word
);
    localparam [2:0] ST_ENERGY = 3'd0,  // steps
                     ST_BOTH   = 3'd1,
                     ST_RE16   = 3'd2,
                     ST_IM16   = 3'd3,  // and at lag 8: 4, 5
                     ST_LAST   = 3'd6;  // the last one's result leaves

    reg          run_q;
    reg  [2:0]   step_q;
    reg  [1:0]   phase_q;
    reg  [69:0]  value_q;               // the next lowest
    reg  [11:0]  exponents_q;
    reg  [35:0]  term_q;
    reg  [3:0]   slot_q;                // of the group in memory
    reg          whole_q;               // 16 groups have been
    reg  [199:0] window_q;              // the five sums, the next one lowest
    reg  [38:0]  energy1_q, energy2_q;  // of the windows before
    reg  [40:0]  acc_q;
    reg  [4:0]   scale_q;
    wire [35:0]  stored;
    wire [35:0]  old = whole_q ? stored : 36'd0;

    wire is_both = step_q == ST_BOTH;
    wire first   = run_q && phase_q == 2'd0;
    wire fetch   = first && !is_both && step_q != ST_LAST;
    wire keep    = run_q && phase_q == 2'd2 && !is_both;
    wire [3:0] back = step_q == ST_ENERGY ? exponents_q[3:0]
                    : step_q <= ST_IM16 ? exponents_q[11:8] : exponents_q[7:4];
    wire [4:0] shift = {1'b0, exponents_q[3:0]} + {1'b0, back};

    // How far the energy is to be shifted so that 12 bits are left.
    function [4:0] scale(input [40:0] x);
        integer k;
        begin
            scale = 5'd0;
            for (k = 12; k < 40; k = k + 1)
                if (x[k])
                    scale = k[4:0] - 5'd11;
        end
    endfunction

    function [35:0] shifted(input [13:0] x, input [4:0] n);
        shifted = {{22{x[13]}}, x} << n;
    endfunction

    wire [40:0] scaled = $signed(acc_q) >>> scale_q;

    axis_fifo_mem #(.W (36), .LOG2 (7)) terms (
        .clk     (clk),
        .we      (keep),
        .waddr   ({step_q, slot_q}),
        .wdata   (term_q),
        .re      (fetch),
        .raddr   ({step_q, slot_q}),
        .rdata_q (stored)
    );

    always @(posedge clk) begin
        r_valid_q <= first && step_q >= ST_RE16;
        if (run_q)
            phase_q <= phase_q == 2'd2 ? 2'd0 : phase_q + 2'd1;
        if (first && step_q >= ST_RE16)
            r_q <= scaled[12:0];
        if (fetch) begin
            term_q  <= shifted(value_q[13:0], shift);
            value_q <= {14'd0, value_q[69:14]};
        end
        if (run_q && phase_q == 2'd1 && is_both)
            acc_q <= acc_q + {2'd0, energy2_q};
        if (run_q && phase_q == 2'd1 && !is_both)
            acc_q <= {window_q[39], window_q[39:0]} + {{5{term_q[35]}}, term_q} - {{5{old[35]}}, old};
        if (run_q && phase_q == 2'd1 && step_q == ST_ENERGY) begin
            energy1_q <= window_q[38:0];
            energy2_q <= energy1_q;
        end
        if (keep)
            window_q <= {acc_q[39:0], window_q[199:40]};
        if (run_q && phase_q == 2'd2 && is_both)
            scale_q <= scale(acc_q);
        if (run_q && phase_q == 2'd2)
            step_q <= step_q + 3'd1;
        if (first && step_q == ST_LAST) begin
            run_q   <= 1'b0;
            phase_q <= 2'd0;
            slot_q  <= slot_q + 4'd1;
            whole_q <= whole_q || slot_q == 4'd15;
        end
        if (sum_valid) begin
            run_q       <= 1'b1;
            step_q      <= ST_ENERGY;
            phase_q     <= 2'd0;
            value_q     <= sum;
            exponents_q <= exponents;
        end
        if (rst || begin_block) begin
            run_q     <= 1'b0;
            r_valid_q <= 1'b0;
            slot_q    <= 4'd0;
            whole_q   <= 1'b0;
            window_q  <= 200'd0;
            energy1_q <= 39'd0;
            energy2_q <= 39'd0;
        end
    end

    assign busy        = run_q || r_valid_q;
    assign group_valid = fetch;
    assign group_word  = {11'd0, shift, {2{value_q[13]}}, value_q[13:0]};
    assign window_word = {11'd0, scale_q, {3{r_q[12]}}, r_q};

    wire unused = &{1'b0, scaled[40:13]};
endmodule
`default_nettype wire
