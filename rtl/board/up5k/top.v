// top.v - iCEBreaker (iCE40-UP5K-SG48): 12 MHz from the FT2232H's crystal, without
// PLL, and channel B of the FT2232H as a serial line of 3 Mbaud.
`default_nettype none
module top #(
    parameter        W     = 32,        // stream width in bits: 32, 64
    parameter        WATCH = 0,         // 1: the slot gives telemetry
    parameter [31:0] BUILD = 32'd0      // hash of the sources
) (
    input  wire clk,
    // serial line
    input  wire rx,
    output wire tx,
    // low lights them
    output wire led_red_n,              // bytes come or go
    output wire led_green_n             // running
);
    wire running;

    // 2^18 clk, 22 to 44 ms, until it sends again.
    uart_fabric #(.W (W), .CLOCK_HZ (12_000_000), .BUILD (BUILD), .WATCH (WATCH),
                  .CLOCKS_PER_BIT (4), .LOG2_RESEND (18)) board (
        .clk     (clk),
        .stable  (1'b1),
        .rx      (rx),
        .tx      (tx),
        .running (running)
    );

    assign led_red_n   = rx && tx;
    assign led_green_n = !running;
endmodule
`default_nettype wire
