// stf_detect_square.v - the square of a number of 13 bits with sign, after 13 steps.
`default_nettype none
module stf_detect_square (
    input  wire        clk,
    input  wire        start,
    input  wire        step,
    input  wire [12:0] x,               // -4096..4095
    output wire [25:0] square           // from the last step to the next 'start'
);
    reg [12:0] x_q;                     // without sign
    reg [25:0] part_q;                  // of the product above, bits of x that are left below

    wire [12:0] size = x[12] ? 13'd0 - x : x;

    always @(posedge clk) begin
        if (step)
            part_q <= {{1'b0, part_q[25:13]} + (part_q[0] ? {1'b0, x_q} : 14'd0), part_q[12:1]};
        if (start) begin
            x_q    <= size;
            part_q <= {13'd0, size};
        end
    end

    assign square = part_q;
endmodule
`default_nettype wire
