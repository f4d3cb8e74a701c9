// mpls_edit.v - writes what was planned into packets that net_shift has made room
// in: MAC addresses, type, labels, TTL.  Combinational; 'plan' is constant over a
// packet.
//
//   word 0 1 2    addresses
//   word at       type in its lower half, then words[] from the upper half on
`default_nettype none
module mpls_edit #(
    parameter W = 64                    // stream width in bits: 32, 64, 128, 256
) (
    input  wire           clk,
    input  wire           rst,
    // the packet that passes; 'beat' is valid && ready
    input  wire           beat,
    input  wire           tlast,
    input  wire [W-1:0]   from,
    output wire [W-1:0]   to,
    // what to write
    input  wire           change,       // else nothing
    input  wire           set_macs,
    input  wire [95:0]    macs,         // the first byte in [95:88]
    input  wire [1:0]     tags,         // the type is in word 3 + tags
    input  wire [15:0]    ethertype,
    input  wire [5:0]     set_word,     // words behind the type
    input  wire [191:0]   words         // word k at [k*32 +: 32], its first byte in [31:24]
);
    localparam N    = W / 32;           // words a beat
    localparam LOG2 = $clog2(N);

    reg [3:0] beat_q;                   // beats that have passed, at most 15

    always @(posedge clk) begin
        if (beat)
            beat_q <= tlast ? 4'd0 : beat_q + {3'd0, beat_q != 4'd15};
        if (rst)
            beat_q <= 4'd0;
    end

    function [15:0] turn(input [15:0] w);
        turn = {w[7:0], w[15:8]};
    endfunction

    genvar g;
    generate
        for (g = 0; g < N; g = g + 1) begin : lane
            wire [7:0]  place = ({4'd0, beat_q} << LOG2) + g[7:0];
            wire [7:0]  at    = place - 8'd3 - {6'd0, tags};    // behind the type's word
            reg  [31:0] w;
            integer     k;

            always @* begin
                w = from[g*32 +: 32];
                if (change) begin
                    if (set_macs && place < 8'd3) begin
                        w[15:0]  = turn(macs[80-place[1:0]*32 +: 16]);
                        w[31:16] = turn(macs[64-place[1:0]*32 +: 16]);
                    end
                    if (at == 8'd0)
                        w[15:0] = turn(ethertype);
                    for (k = 0; k < 6; k = k + 1)
                        if (set_word[k]) begin
                            if (at == k[7:0])
                                w[31:16] = turn(words[k*32+16 +: 16]);
                            if (at == k[7:0] + 8'd1)
                                w[15:0] = turn(words[k*32 +: 16]);
                        end
                end
            end
            assign to[g*32 +: 32] = w;
        end
    endgenerate
endmodule
`default_nettype wire
