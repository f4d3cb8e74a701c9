// fft_delay.v - what comes in comes out 2^LOG2 steps later.
`default_nettype none
module fft_delay #(
    parameter LOG2 = 5                  // 0..6
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        step,
    input  wire [31:0] x,
    output wire [31:0] y
);
    localparam D = 1 << LOG2;

    generate
        if (LOG2 >= 3) begin : memory   // what is read next was written 2^LOG2 - 1 steps ago
            reg [LOG2-1:0] at_q;

            axis_fifo_mem #(.W (32), .LOG2 (LOG2)) store (
                .clk     (clk),
                .we      (step),
                .waddr   (at_q),
                .wdata   (x),
                .re      (step),
                .raddr   (at_q + 1'b1),
                .rdata_q (y)
            );

            always @(posedge clk) begin
                if (step)
                    at_q <= at_q + 1'b1;
                if (rst)
                    at_q <= {LOG2{1'b0}};
            end
        end else if (LOG2 > 0) begin : words
            reg [32*D-1:0] line_q;

            always @(posedge clk)
                if (step)
                    line_q <= {line_q[32*D-33:0], x};
            assign y = line_q[32*D-1 -: 32];
            wire unused = &{1'b0, rst};
        end else begin : word
            reg [31:0] line_q;

            always @(posedge clk)
                if (step)
                    line_q <= x;
            assign y = line_q;
            wire unused = &{1'b0, rst};
        end
    endgenerate
endmodule
`default_nettype wire
