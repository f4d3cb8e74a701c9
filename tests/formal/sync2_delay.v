// sync2_delay.v - proves sync2: its level while in reset, then the pin two clocks
// late.
`default_nettype none
module sync2_delay (
    input wire clk,
    input wire rst,
    input wire d
);
    wire       q;
    reg  [1:0] past_q = 2'd0;

    sync2 #(.RESET (1'b1)) dut (
        .clk (clk),
        .rst (rst),
        .d   (d),
        .q   (q)
    );

    always @(posedge clk) begin
        past_q <= {past_q[0], 1'b1};
        if (past_q[0] && $past(rst))
            assert (q);
        else if (past_q[1])
            assert (q == ($past(rst, 2) || $past(d, 2)));
        cover (past_q[1] && !q);
    end
endmodule
`default_nettype wire
