// crc_bitwise.v - proves link_crc32c: a byte at once is eight single bits, lowest
// first, of the reflected polynomial (RFC 3720 B.4).
`default_nettype none
module crc_bitwise (
    input wire        clk,
    input wire [31:0] crc,
    input wire [7:0]  data
);
    wire [31:0] next;
    reg  [31:0] bits;
    integer     k;

    link_crc32c dut (
        .crc  (crc),
        .data (data),
        .next (next)
    );

    always @* begin
        bits = crc ^ {24'd0, data};
        for (k = 0; k < 8; k = k + 1)
            bits = {1'b0, bits[31:1]} ^ (bits[0] ? 32'h82f63b78 : 32'd0);
    end

    always @(posedge clk) begin
        assert (next == bits);
        cover (next == 32'hffffffff && crc == 32'd0);
    end
endmodule
`default_nettype wire
