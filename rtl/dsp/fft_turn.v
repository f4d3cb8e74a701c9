// fft_turn.v - the rotations behind a pair of stages.  C body: turns() of
// sdr/fft/fft_block.c.  1 sample/clk, latency 4 steps, 4 multipliers.
//
//   1  the angle of the place    2  its cosine and sine    3  products    4  sum, clip
`default_nettype none
module fft_turn #(
    parameter LOG2N = 6,                // of the samples of a block: 6, 7
    parameter LOG2  = 0                 // place p has the angle of place 2^LOG2 p: 0, 2, 4
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
    localparam [LOG2N-1:0] LAST = {LOG2N{1'b1}};

    reg               run_q;
    reg [LOG2N-1:0]   at_q;
    reg [3:0]         start_q;          // in steps 1 to 4
    reg [2:0]         valid_q;          // ... 1 to 3 there is a sample of a block
    reg [LOG2N-1:0]   angle_q;          // 2^LOG2N are a turn
    reg [31:0]        x1_q, x2_q;
    reg signed [15:0] cos_q, sin_q;     // Q2.14
    reg signed [31:0] ic_q, qs_q, qc_q, is_q;   // Q3.29
    reg [31:0]        y_q;
    reg               n_clipped_q;

    wire             run   = start || run_q;
    wire [LOG2N-1:0] place = start ? {LOG2N{1'b0}} : at_q;
    wire [LOG2N-1:0] at    = place << LOG2;
    wire [LOG2N-3:0] n     = at[LOG2N-3:0];
    wire [6:0]       angle;             // in 128ths of a turn

    // Q2.14, of angles up to a quarter of a turn, in 128ths.
    function [15:0] quarter(input [5:0] angle_in);
        case (angle_in)
        6'd0:    quarter = 16'd16384;
        6'd1:    quarter = 16'd16364;
        6'd2:    quarter = 16'd16305;
        6'd3:    quarter = 16'd16207;
        6'd4:    quarter = 16'd16069;
        6'd5:    quarter = 16'd15893;
        6'd6:    quarter = 16'd15679;
        6'd7:    quarter = 16'd15426;
        6'd8:    quarter = 16'd15137;
        6'd9:    quarter = 16'd14811;
        6'd10:   quarter = 16'd14449;
        6'd11:   quarter = 16'd14053;
        6'd12:   quarter = 16'd13623;
        6'd13:   quarter = 16'd13160;
        6'd14:   quarter = 16'd12665;
        6'd15:   quarter = 16'd12140;
        6'd16:   quarter = 16'd11585;
        6'd17:   quarter = 16'd11003;
        6'd18:   quarter = 16'd10394;
        6'd19:   quarter = 16'd9760;
        6'd20:   quarter = 16'd9102;
        6'd21:   quarter = 16'd8423;
        6'd22:   quarter = 16'd7723;
        6'd23:   quarter = 16'd7005;
        6'd24:   quarter = 16'd6270;
        6'd25:   quarter = 16'd5520;
        6'd26:   quarter = 16'd4756;
        6'd27:   quarter = 16'd3981;
        6'd28:   quarter = 16'd3196;
        6'd29:   quarter = 16'd2404;
        6'd30:   quarter = 16'd1606;
        6'd31:   quarter = 16'd804;
        default: quarter = 16'd0;
        endcase
    endfunction

    // The upper half of a turn is the lower one backwards, its upper half minus that of
    // the lower one backwards.
    function [15:0] cosine(input [6:0] angle_in);
        reg [6:0] folded;
        begin
            folded = angle_in > 7'd64 ? 7'd0 - angle_in : angle_in;
            cosine = folded > 7'd32 ? 16'd0 - quarter(6'd0 - folded[5:0])
                                    : quarter(folded[5:0]);
        end
    endfunction

    generate
        if (LOG2N == 7) begin : fine
            assign angle = angle_q;
        end else begin : coarse
            assign angle = {angle_q, {(7-LOG2N){1'b0}}};
        end
    endgenerate

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
            run_q     <= run && place != LAST;
            at_q      <= place + 1'b1;
            start_q   <= {start_q[2:0], start};
            valid_q   <= {valid_q[1:0], run};
            angle_q   <= (at[LOG2N-1] ? {2'd0, n} : {LOG2N{1'b0}})
                       + (at[LOG2N-2] ? {1'b0, n, 1'b0} : {LOG2N{1'b0}});
            x1_q      <= x;
            cos_q     <= cosine(angle);
            sin_q     <= cosine(angle - 7'd32);
            x2_q      <= x1_q;
            ic_q      <= $signed(x2_q[15:0]) * cos_q;
            qs_q      <= $signed(x2_q[31:16]) * sin_q;
            qc_q      <= $signed(x2_q[31:16]) * cos_q;
            is_q      <= $signed(x2_q[15:0]) * sin_q;
            y_q       <= {clip(q_sum[31:14]), clip(i_sum[31:14])};
            n_clipped_q <= valid_q[2] && (clips(i_sum[31:29]) || clips(q_sum[31:29]));
        end
        if (rst) begin
            run_q     <= 1'b0;
            start_q   <= 4'd0;
            valid_q   <= 3'd0;
            n_clipped_q <= 1'b0;
        end
    end

    assign y_start = start_q[3];
    assign y       = y_q;
    assign clipped = n_clipped_q;
    assign busy    = run_q || start_q != 4'd0 || valid_q != 3'd0 || n_clipped_q;

    wire unused = &{1'b0, i_sum[13:0], q_sum[13:0]};
endmodule
`default_nettype wire
