// pss_correlate_product.v - a multiplier and what its products add up to.  Latency 2 clk.
`default_nettype none
module pss_correlate_product (
    input  wire               clk,
    input  wire [1:0]         valid,    // x and t; the product of the clock before
    input  wire               first,    // ... which is the first of a sum
    input  wire        [8:0]  x,        // -256..254
    input  wire        [7:0]  t,        // -127..127, so that a product has 16 bits
    output wire signed [20:0] total
);
    reg signed [15:0] product_q;
    reg signed [20:0] total_q;

    wire signed [15:0] wide_x = {{7{x[8]}}, x};
    wire signed [15:0] wide_t = {{8{t[7]}}, t};
    wire signed [20:0] more   = {{5{product_q[15]}}, product_q};

    assign total = total_q;

    always @(posedge clk) begin
        if (valid[0])
            product_q <= wide_x * wide_t;
        if (valid[1])
            total_q <= first ? more : total_q + more;
    end
endmodule
`default_nettype wire
