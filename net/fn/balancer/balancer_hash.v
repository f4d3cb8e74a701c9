// balancer_hash.v - CRC-32C (RFC 3720 B.4) of the eight bytes source address, source
// port, service, 0.  No clock.  C body: hash_of() of balancer.c; the constants are
// those of core/base/crc32c.c, byte by byte.
`default_nettype none
module balancer_hash (
    input  wire [31:0] src,
    input  wire [15:0] sport,
    input  wire [3:0]  service,
    output wire [31:0] hash
);
    // The check of eight zeros, and what each bit changes in it.
    assign hash = 32'h8c28b28a
        ^ ({32{src[24]}} & 32'h493c7d27) ^ ({32{src[25]}} & 32'h9278fa4e)
        ^ ({32{src[26]}} & 32'h211d826d) ^ ({32{src[27]}} & 32'h423b04da)
        ^ ({32{src[28]}} & 32'h847609b4) ^ ({32{src[29]}} & 32'h0d006599)
        ^ ({32{src[30]}} & 32'h1a00cb32) ^ ({32{src[31]}} & 32'h34019664)
        ^ ({32{src[16]}} & 32'h68032cc8) ^ ({32{src[17]}} & 32'hd0065990)
        ^ ({32{src[18]}} & 32'ha5e0c5d1) ^ ({32{src[19]}} & 32'h4e2dfd53)
        ^ ({32{src[20]}} & 32'h9c5bfaa6) ^ ({32{src[21]}} & 32'h3d5b83bd)
        ^ ({32{src[22]}} & 32'h7ab7077a) ^ ({32{src[23]}} & 32'hf56e0ef4)
        ^ ({32{src[8]}} & 32'hef306b19) ^ ({32{src[9]}} & 32'hdb8ca0c3)
        ^ ({32{src[10]}} & 32'hb2f53777) ^ ({32{src[11]}} & 32'h6006181f)
        ^ ({32{src[12]}} & 32'hc00c303e) ^ ({32{src[13]}} & 32'h85f4168d)
        ^ ({32{src[14]}} & 32'h0e045beb) ^ ({32{src[15]}} & 32'h1c08b7d6)
        ^ ({32{src[0]}} & 32'h38116fac) ^ ({32{src[1]}} & 32'h7022df58)
        ^ ({32{src[2]}} & 32'he045beb0) ^ ({32{src[3]}} & 32'hc5670b91)
        ^ ({32{src[4]}} & 32'h8f2261d3) ^ ({32{src[5]}} & 32'h1ba8b557)
        ^ ({32{src[6]}} & 32'h37516aae) ^ ({32{src[7]}} & 32'h6ea2d55c)
        ^ ({32{sport[8]}} & 32'hdd45aab8) ^ ({32{sport[9]}} & 32'hbf672381)
        ^ ({32{sport[10]}} & 32'h7b2231f3) ^ ({32{sport[11]}} & 32'hf64463e6)
        ^ ({32{sport[12]}} & 32'he964b13d) ^ ({32{sport[13]}} & 32'hd725148b)
        ^ ({32{sport[14]}} & 32'haba65fe7) ^ ({32{sport[15]}} & 32'h52a0c93f)
        ^ ({32{sport[0]}} & 32'ha541927e) ^ ({32{sport[1]}} & 32'h4f6f520d)
        ^ ({32{sport[2]}} & 32'h9edea41a) ^ ({32{sport[3]}} & 32'h38513ec5)
        ^ ({32{sport[4]}} & 32'h70a27d8a) ^ ({32{sport[5]}} & 32'he144fb14)
        ^ ({32{sport[6]}} & 32'hc76580d9) ^ ({32{sport[7]}} & 32'h8b277743)
        ^ ({32{service[0]}} & 32'h13a29877) ^ ({32{service[1]}} & 32'h274530ee)
        ^ ({32{service[2]}} & 32'h4e8a61dc) ^ ({32{service[3]}} & 32'h9d14c3b8);
endmodule
`default_nettype wire
