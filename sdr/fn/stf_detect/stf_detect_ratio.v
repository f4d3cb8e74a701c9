// stf_detect_ratio.v - squared correlations of a window, 4 (re^2 + im^2) / energy^2, in
// 1/1024: of lag 16 and of lag 8.  A window every 14 clk or more.
//
//   r -> five squares, 13 clk -> sums, 1 clk -> two quotients, 11 clk -> rho
`default_nettype none
module stf_detect_ratio (
    input  wire        clk,
    input  wire        rst,
    input  wire        begin_block,
    // of stf_detect_sums, five for each window
    input  wire        r_valid,
    input  wire [12:0] r,
    // of the window: both, and re and im at lag 16
    output reg         rho_valid_q,
    output wire [9:0]  rho16,
    output wire [9:0]  rho8,
    output reg  [12:0] re_q,
    output reg  [12:0] im_q,
    output wire        busy
);
    localparam [3:0] SQUARE = 4'd13, DIVIDE = 4'd11;    // steps

    reg  [64:0]  r_q;                   // energy lowest
    reg  [2:0]   n_q;                   // there
    reg  [25:0]  part_q;                // im, re at lag 16, of the window that is squared
    reg  [3:0]   squares_q, divides_q;  // steps that are left
    reg          add_q;
    reg  [23:0]  energy_q;              // squared
    wire [129:0] square;
    wire         go = n_q == 3'd5;
    // In quarters, which makes the four of the sum.
    wire [25:0]  power16 = square[26 +: 26] + square[52 +: 26];
    wire [25:0]  power8  = square[78 +: 26] + square[104 +: 26];

    genvar g;
    generate
        for (g = 0; g < 5; g = g + 1) begin : each
            stf_detect_square squares (
                .clk    (clk),
                .start  (go),
                .step   (squares_q != 4'd0),
                .x      (r_q[g*13 +: 13]),
                .square (square[g*26 +: 26])
            );
        end
    endgenerate

    stf_detect_divide divide16 (
        .clk     (clk),
        .start   (add_q),
        .step    (divides_q != 4'd0),
        .x       ({power16, 2'd0}),
        .y       (energy_q),
        .ratio_q (rho16)
    );

    stf_detect_divide divide8 (
        .clk     (clk),
        .start   (add_q),
        .step    (divides_q != 4'd0),
        .x       ({power8, 2'd0}),
        .y       (energy_q),
        .ratio_q (rho8)
    );

    always @(posedge clk) begin
        if (r_valid) begin
            r_q <= {r, r_q[64:13]};
            n_q <= n_q + 3'd1;
        end
        if (go) begin
            n_q       <= 3'd0;
            part_q    <= r_q[38:13];
            squares_q <= SQUARE;
        end else if (squares_q != 4'd0)
            squares_q <= squares_q - 4'd1;
        add_q <= squares_q == 4'd1;
        if (add_q) begin
            energy_q     <= square[23:0];
            {im_q, re_q} <= part_q;
            divides_q    <= DIVIDE;
        end else if (divides_q != 4'd0)
            divides_q <= divides_q - 4'd1;
        rho_valid_q <= divides_q == 4'd1;
        if (rst || begin_block) begin
            n_q         <= 3'd0;
            squares_q   <= 4'd0;
            divides_q   <= 4'd0;
            add_q       <= 1'b0;
            rho_valid_q <= 1'b0;
        end
    end

    assign busy = n_q != 3'd0 || squares_q != 4'd0 || add_q || divides_q != 4'd0 || rho_valid_q;

    wire unused = &{1'b0, square[25:24]};
endmodule
`default_nettype wire
