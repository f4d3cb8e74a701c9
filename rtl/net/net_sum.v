// net_sum.v - an Internet checksum after what it covers has changed: RFC 1624,
// equation 3.  C body: ip4_sum_change() of core/net_ip4.h.  No clock.
//
// 'change' is the ones' complement sum of ~was + is over all words that changed:
// 0xfeff when the time to live goes down by one, whatever else its word holds.
`default_nettype none
module net_sum (
    input  wire [15:0] sum,
    input  wire [15:0] change,
    output wire [15:0] sum_after
);
    wire [16:0] added  = {1'b0, ~sum} + {1'b0, change};
    wire [15:0] folded = added[15:0] + {15'd0, added[16]};

    assign sum_after = ~folded;
endmodule
`default_nettype wire
