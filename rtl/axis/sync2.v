// sync2.v - one bit from another clock, or from a pin: two flip-flops.  Latency 2
// clk; a change shorter than a clock may be missed.
`default_nettype none
module sync2 #(
    parameter RESET = 1'b0              // level while in reset
) (
    input  wire clk,
    input  wire rst,
    input  wire d,
    output wire q
);
    reg first_q, second_q;

    assign q = second_q;

    always @(posedge clk) begin
        first_q  <= d;
        second_q <= first_q;
        if (rst) begin
            first_q  <= RESET;
            second_q <= RESET;
        end
    end
endmodule
`default_nettype wire
