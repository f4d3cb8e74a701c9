// link_crc32c.v - CRC-32C (RFC 3720 B.4) over one more byte.  No clock; about 50
// LUTs.  The register starts as ones; what is sent is its complement, lowest byte
// first.  A byte that equals its lowest byte shifts it right by eight.  Kept whole
// in synthesis: dissolved into what surrounds it, it costs twice as much.
`default_nettype none
(* keep_hierarchy = "yes" *)
module link_crc32c (
    input  wire [31:0] crc,
    input  wire [7:0]  data,
    output wire [31:0] next
);
    wire [7:0] index = crc[7:0] ^ data;

    // A table of 256 words is linear: these eight make it.
    assign next = {8'd0, crc[31:8]}
        ^ ({32{index[0]}} & 32'hf26b8303) ^ ({32{index[1]}} & 32'he13b70f7)
        ^ ({32{index[2]}} & 32'hc79a971f) ^ ({32{index[3]}} & 32'h8ad958cf)
        ^ ({32{index[4]}} & 32'h105ec76f) ^ ({32{index[5]}} & 32'h20bd8ede)
        ^ ({32{index[6]}} & 32'h417b1dbc) ^ ({32{index[7]}} & 32'h82f63b78);
endmodule
`default_nettype wire
