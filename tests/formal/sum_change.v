// sum_change.v - proves net_sum: what ip4_sum_change() of core/net_ip4.h says of
// every checksum and every change of a word, step by step as it is written there.
`default_nettype none
module sum_change (
    input wire        clk,
    input wire [15:0] sum,
    input wire [15:0] was,
    input wire [15:0] is
);
    // The change of one word, folded; of a time to live it is a constant.
    wire [15:0] was_n  = ~was;
    wire [16:0] added  = {1'b0, was_n} + {1'b0, is};
    wire [15:0] change = added[15:0] + {15'd0, added[16]};
    wire        older  = was[15:8] != 8'd0 && is == was - 16'h0100;

    // s = ~sum + ~was + is, folded twice
    wire [15:0] sum_n = ~sum;
    wire [31:0] s_0   = {16'd0, sum_n} + {16'd0, was_n} + {16'd0, is};
    wire [31:0] s_1   = {16'd0, s_0[15:0]} + {16'd0, s_0[31:16]};
    wire [31:0] s_2   = s_1 + {16'd0, s_1[31:16]};
    wire [15:0] want  = ~s_2[15:0];

    wire [15:0] any_after, ttl_after;

    net_sum any_dut (
        .sum       (sum),
        .change    (change),
        .sum_after (any_after)
    );

    net_sum ttl_dut (
        .sum       (sum),
        .change    (16'hfeff),
        .sum_after (ttl_after)
    );

    always @(posedge clk) begin
        assert (any_after == want);
        assert (!older || ttl_after == want);
    end
endmodule
`default_nettype wire
