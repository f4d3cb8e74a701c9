// stf_detect_divide.v - x / y in 1/1024, rounded down, at most 1023; 0 where y is 0: 'start',
// then 11 steps.
`default_nettype none
module stf_detect_divide (
    input  wire        clk,
    input  wire        start,
    input  wire        step,
    input  wire [27:0] x,
    input  wire [23:0] y,               // stands
    output reg  [9:0]  ratio_q
);
    reg [28:0] rest_q;
    reg        begun_q;                 // the first step, which says whether it is below 1, is over
    reg        many_q;                  // it is not

    wire [29:0] less = {1'b0, rest_q} - {6'd0, y};
    wire        fits = !less[29];

    always @(posedge clk) begin
        if (step) begin
            begun_q <= 1'b1;
            if (!begun_q)
                many_q <= fits;
            ratio_q <= {ratio_q[8:0], (fits || many_q) && y != 24'd0};
            rest_q  <= {fits ? less[27:0] : rest_q[27:0], 1'b0};
        end
        if (start) begin
            rest_q  <= {1'b0, x};
            begun_q <= 1'b0;
            many_q  <= 1'b0;
        end
    end

    wire unused = &{1'b0, less[28]};
endmodule
`default_nettype wire
