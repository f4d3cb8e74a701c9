// fft64_turn.v - the rotations behind a pair of stages.  C body: turns() of
// fft64_block.c.  1 sample/clk, latency 4 steps, 4 multipliers.
//
//   1  the angle of the place    2  its cosine and sine    3  products    4  sum, clip
`default_nettype none
module fft64_turn #(
    parameter LOG2 = 0                  // place p has the angle of place 2^LOG2 p mod 64: 0, 2
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        step,
    input  wire        start,
    input  wire [31:0] x,               // {q, i}
    output wire        y_start,
    output wire [31:0] y,
    output wire        clipped,
    output wire        busy
);
    reg               run_q;
    reg [5:0]         at_q;
    reg [3:0]         start_q;          // in steps 1 to 4
    reg [2:0]         valid_q;          // ... 1 to 3 there is a sample of a block
    reg [5:0]         angle_q;          // 64ths of a turn
    reg [31:0]        x1_q, x2_q;
    reg signed [15:0] cos_q, sin_q;     // Q2.14
    reg signed [31:0] ic_q, qs_q, qc_q, is_q;   // Q3.29
    reg [31:0]        y_q;
    reg               clipped_q;

    wire       run = start || run_q;
    wire [5:0] at  = (start ? 6'd0 : at_q) << LOG2;

    // Q2.14, of angles up to a quarter of a turn.
    function [15:0] quarter(input [4:0] angle);
        case (angle)
        5'd0:    quarter = 16'd16384;
        5'd1:    quarter = 16'd16305;
        5'd2:    quarter = 16'd16069;
        5'd3:    quarter = 16'd15679;
        5'd4:    quarter = 16'd15137;
        5'd5:    quarter = 16'd14449;
        5'd6:    quarter = 16'd13623;
        5'd7:    quarter = 16'd12665;
        5'd8:    quarter = 16'd11585;
        5'd9:    quarter = 16'd10394;
        5'd10:   quarter = 16'd9102;
        5'd11:   quarter = 16'd7723;
        5'd12:   quarter = 16'd6270;
        5'd13:   quarter = 16'd4756;
        5'd14:   quarter = 16'd3196;
        5'd15:   quarter = 16'd1606;
        default: quarter = 16'd0;
        endcase
    endfunction

    // The upper half of a turn is the lower one backwards, its upper half minus that of
    // the lower one backwards.
    function [15:0] cosine(input [5:0] angle);
        reg [5:0] folded;
        begin
            folded = angle > 6'd32 ? 6'd0 - angle : angle;
            cosine = folded > 6'd16 ? 16'd0 - quarter(5'd0 - folded[4:0])
                                    : quarter(folded[4:0]);
        end
    endfunction

    // Q3.29 -> Q3.15 and half a unit; 18 bits, which clip when the upper three differ.
    wire signed [31:0] i_sum = ic_q + qs_q + 32'sd8192;
    wire signed [31:0] q_sum = qc_q - is_q + 32'sd8192;

    function clips(input [2:0] top);
        clips = top != {3{top[2]}};
    endfunction

    function [15:0] clip(input [17:0] v);
        clip = clips(v[17:15]) ? {v[17], {15{!v[17]}}} : v[15:0];
    endfunction

    always @(posedge clk) begin
        if (step) begin
            run_q     <= run && !((start ? 6'd0 : at_q) == 6'd63);
            at_q      <= (start ? 6'd0 : at_q) + 6'd1;
            start_q   <= {start_q[2:0], start};
            valid_q   <= {valid_q[1:0], run};
            angle_q   <= (at[5] ? {2'd0, at[3:0]} : 6'd0) + (at[4] ? {1'b0, at[3:0], 1'b0} : 6'd0);
            x1_q      <= x;
            cos_q     <= cosine(angle_q);
            sin_q     <= cosine(angle_q - 6'd16);
            x2_q      <= x1_q;
            ic_q      <= $signed(x2_q[15:0]) * cos_q;
            qs_q      <= $signed(x2_q[31:16]) * sin_q;
            qc_q      <= $signed(x2_q[31:16]) * cos_q;
            is_q      <= $signed(x2_q[15:0]) * sin_q;
            y_q       <= {clip(q_sum[31:14]), clip(i_sum[31:14])};
            clipped_q <= valid_q[2] && (clips(i_sum[31:29]) || clips(q_sum[31:29]));
        end
        if (rst) begin
            run_q     <= 1'b0;
            start_q   <= 4'd0;
            valid_q   <= 3'd0;
            clipped_q <= 1'b0;
        end
    end

    assign y_start = start_q[3];
    assign y       = y_q;
    assign clipped = clipped_q;
    assign busy    = run_q || start_q != 4'd0 || valid_q != 3'd0 || clipped_q;

    wire unused = &{1'b0, i_sum[13:0], q_sum[13:0]};
endmodule
`default_nettype wire
