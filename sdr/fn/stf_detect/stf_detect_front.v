// stf_detect_front.v - samples become the sums of groups: energy, and products with what was
// 16 and 8 samples before.  3 clk a sample.
//
//   sample -> buffer (2 groups) -> mantissas (5 + 5 bits) -> line (16) -> x conj(y) -> sums
//                 exponent -'
//
// A group's samples have one exponent, so its mantissas wait until all are there.  A mantissa
// is multiplied in three clocks: by that 16 before, by that 8 before, and by itself.
`default_nettype none
module stf_detect_front (
    input  wire        clk,
    input  wire        rst,
    // a block begins: nothing was before
    input  wire        begin_block,
    // samples in: {q, i}
    input  wire [31:0] sample,
    input  wire        sample_valid,
    output wire        sample_ready,
    // a group's sums of mantissas, 14 bits each, with sign: energy, re and im at lag 16, at lag 8
    output reg         sum_valid_q,
    output reg  [69:0] sum_q,
    // ... and exponents: of the group, of that before, and of that before
    output reg  [11:0] exponents_q,
    output wire        busy
);
    // --- a group is gathered --------------------------------------------------------------
    reg         bank_q;                 // of the buffer that is written
    reg  [2:0]  count_q;
    reg  [14:0] bits_q;                 // that the group's parts need, beside the sign
    reg         full_q;                 // the other bank has a group that waits
    reg  [14:0] full_bits_q;
    reg         run_q;                  // a group is read
    reg         run_bank_q;
    reg  [3:0]  exponent_q;             // ... its exponent
    reg  [2:0]  at_q;                   // ... its sample
    reg  [1:0]  phase_q;                // ... of three clocks
    wire        write = sample_valid && sample_ready;
    wire        start = full_q && (!run_q || (at_q == 3'd7 && phase_q == 2'd2));
    wire [14:0] bits = (sample[14:0] ^ {15{sample[15]}}) | (sample[30:16] ^ {15{sample[31]}})
                     | (count_q == 3'd0 ? 15'd0 : bits_q);
    wire [31:0] x;                      // the sample that was read

    assign sample_ready = !full_q;

    // The smallest exponent of which mantissas have four bits and a sign.
    function [3:0] exponent(input [14:0] b);
        integer k;
        begin
            exponent = 4'd0;
            for (k = 4; k < 15; k = k + 1)
                if (b[k])
                    exponent = k[3:0] - 4'd3;
        end
    endfunction

    axis_fifo_mem #(.W (32), .LOG2 (4)) buffer (
        .clk     (clk),
        .we      (write),
        .waddr   ({bank_q, count_q}),
        .wdata   (sample),
        .re      (run_q && phase_q == 2'd0),
        .raddr   ({run_bank_q, at_q}),
        .rdata_q (x)
    );

    always @(posedge clk) begin
        if (write) begin
            bits_q  <= bits;
            count_q <= count_q + 3'd1;
        end
        if (write && count_q == 3'd7) begin
            full_q      <= 1'b1;
            full_bits_q <= bits;
            bank_q      <= !bank_q;
        end
        if (run_q) begin
            phase_q <= phase_q == 2'd2 ? 2'd0 : phase_q + 2'd1;
            if (phase_q == 2'd2)
                at_q <= at_q + 3'd1;
            if (phase_q == 2'd2 && at_q == 3'd7)
                run_q <= 1'b0;
        end
        if (start) begin
            run_q      <= 1'b1;
            full_q     <= 1'b0;
            run_bank_q <= !bank_q;
            exponent_q <= exponent(full_bits_q);
        end
        if (rst || begin_block) begin
            bank_q  <= 1'b0;
            count_q <= 3'd0;
            full_q  <= 1'b0;
            run_q   <= 1'b0;
            at_q    <= 3'd0;
            phase_q <= 2'd0;
        end
    end

    // --- mantissas ------------------------------------------------------------------------
    // Of twice a part in units of the exponent; rounded half up, 16 counts as 15.
    function [4:0] mantissa(input [5:0] twice);
        mantissa = twice == 6'd31 ? 5'd15 : twice[5:1] + {4'd0, twice[0]};
    endfunction

    wire [16:0] twice_re = $signed({x[15:0], 1'b0}) >>> exponent_q;
    wire [16:0] twice_im = $signed({x[31:16], 1'b0}) >>> exponent_q;

    reg  [9:0]   m_q;                   // {q, i}
    reg          mul_q;                 // it is multiplied: the run, a clock later ...
    reg          mul_first_q;           // ... a group's first sample,
    reg          mul_last_q;            // ... its last
    reg  [159:0] line_q;                // the 16 before it, the last one lowest
    reg  [1:0]   lag_q;                 // 0: 16, 1: 8, 2: 0

    wire [9:0] y = lag_q == 2'd0 ? line_q[159:150] : lag_q == 2'd1 ? line_q[79:70] : m_q;

    always @(posedge clk) begin
        if (run_q && phase_q == 2'd1) begin
            m_q         <= {mantissa(twice_im[5:0]), mantissa(twice_re[5:0])};
            mul_first_q <= at_q == 3'd0;
            mul_last_q  <= at_q == 3'd7;
        end
        if (mul_q) begin
            lag_q <= lag_q == 2'd2 ? 2'd0 : lag_q + 2'd1;
            if (lag_q == 2'd2)
                line_q <= {line_q[149:0], m_q};
        end
        if (run_q && phase_q == 2'd1)
            mul_q <= 1'b1;
        else if (lag_q == 2'd2)
            mul_q <= 1'b0;
        if (run_q && phase_q == 2'd2 && at_q == 3'd7)
            exponents_q <= {exponents_q[7:0], exponent_q};
        if (rst || begin_block) begin
            mul_q       <= 1'b0;
            lag_q       <= 2'd0;
            line_q      <= 160'd0;
            exponents_q <= 12'd0;
        end
    end

    // --- products and their sums ----------------------------------------------------------
    function signed [10:0] product(input [4:0] a, input [4:0] b);
        product = $signed({{6{a[4]}}, a}) * $signed({{6{b[4]}}, b});
    endfunction

    reg  [10:0] re_q, im_q;
    reg         add_q, add_first_q, add_last_q;
    reg  [1:0]  add_lag_q;
    reg  [69:0] acc_q;                  // as sum_q

    // Sum k, from 0 when the group begins.
    function [13:0] added(input [13:0] acc, input [10:0] p, input first);
        added = (first ? 14'd0 : acc) + {{3{p[10]}}, p};
    endfunction

    always @(posedge clk) begin
        if (mul_q) begin
            re_q <= product(m_q[4:0], y[4:0]) + product(m_q[9:5], y[9:5]);
            im_q <= product(m_q[9:5], y[4:0]) - product(m_q[4:0], y[9:5]);
        end
        add_q       <= mul_q;
        add_first_q <= mul_first_q;
        add_last_q  <= mul_last_q;
        add_lag_q   <= lag_q;
        if (add_q && add_lag_q == 2'd0) begin
            acc_q[14 +: 14] <= added(acc_q[14 +: 14], re_q, add_first_q);
            acc_q[28 +: 14] <= added(acc_q[28 +: 14], im_q, add_first_q);
        end
        if (add_q && add_lag_q == 2'd1) begin
            acc_q[42 +: 14] <= added(acc_q[42 +: 14], re_q, add_first_q);
            acc_q[56 +: 14] <= added(acc_q[56 +: 14], im_q, add_first_q);
        end
        if (add_q && add_lag_q == 2'd2)
            acc_q[0 +: 14] <= added(acc_q[0 +: 14], re_q, add_first_q);
        // The energy is the last of them.
        sum_valid_q <= add_q && add_last_q && add_lag_q == 2'd2;
        if (add_q && add_last_q && add_lag_q == 2'd2)
            sum_q <= {acc_q[69:14], added(acc_q[0 +: 14], re_q, add_first_q)};
        if (rst || begin_block) begin
            add_q       <= 1'b0;
            sum_valid_q <= 1'b0;
        end
    end

    assign busy = full_q || run_q || mul_q || add_q || sum_valid_q;

    wire unused = &{1'b0, twice_re[16:6], twice_im[16:6]};
endmodule
`default_nettype wire
